"""Remember until when a run of a bridge that fell silent may still write a command, and where a meter's count began."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("meter", sa.Column("first_count", sa.BigInteger(), nullable=True))
    op.add_column("meter_command", sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("meter_command", sa.Column("permitted_until", sa.DateTime(timezone=True), nullable=True))
