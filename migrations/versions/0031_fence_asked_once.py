"""Ask the fence once a statement and not for each row: the planner then knows how many rows it lets through."""

from alembic import op
from sqlalchemy import text

from migrations.rights import FENCE

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    fenced = op.get_bind().execute(text("SELECT tablename FROM pg_policies WHERE policyname = 'fence'")).scalars()
    for table in fenced.all():
        op.execute(f'ALTER POLICY fence ON "{table}" USING ({FENCE})')
