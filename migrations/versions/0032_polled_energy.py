"""Keep what polls said of the energy apart from what commands read back: only polls are looked at closely."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

FILL = """
UPDATE meter_status SET polled_energy_wh = (
    SELECT energy_wh FROM reading WHERE meter_id = meter_status.meter_id AND read_at = meter_status.counted_at)
WHERE counted_at IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("meter_status", sa.Column("polled_energy_wh", sa.BigInteger()))
    op.execute(FILL)
