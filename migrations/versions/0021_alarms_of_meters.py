"""Keep alarms of meters with a time of their own, because they are read more often than what is measured."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.alter_column("meter_condition", "read_at", nullable=True)
    op.add_column("meter_condition", sa.Column("alarms", JSONB(), nullable=True))
    op.add_column("meter_condition", sa.Column("alarms_at", sa.DateTime(timezone=True), nullable=True))
