"""A meter keeps at which unit it answers, so that the circuits of a box and plain meters cannot share one."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

# What the shipped boxes say; circuits of models of one's own are known when they are hung anew.
KNOWN = """
UPDATE meter SET wire_unit = CASE
    WHEN circuit = 1 THEN unit
    WHEN profile = 'acrel_adf300' THEN unit + circuit - 1
    WHEN profile = 'acrel_adf300_three' THEN unit + 3 * (circuit - 1)
END
"""


def upgrade() -> None:
    op.add_column("meter", sa.Column("wire_unit", sa.BigInteger(), nullable=True))
    op.execute(KNOWN)
    op.create_index(
        "uq_meter_wire", "meter", ["line_id", "wire_unit"], unique=True, postgresql_where=sa.text("state = 'active'")
    )
