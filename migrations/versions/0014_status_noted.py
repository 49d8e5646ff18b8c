"""Note when a status was noted, by the database's clock: bridges' clocks may be wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("meter_status", sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True))
