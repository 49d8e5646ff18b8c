"""Count what lines with a budget carry in each month of their park."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

NUMBERS = ("month_bytes", "told_fence", "told_bytes")


def upgrade() -> None:
    op.add_column("line", sa.Column("month", sa.Text(), nullable=False, server_default=""))
    op.alter_column("line", "month", server_default=None)
    for name in NUMBERS:
        op.add_column("line", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("line", name, server_default=None)
