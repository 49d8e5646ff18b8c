"""Keep each meter's newest registers, and when they were read: then few readings need a look at older ones."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

NEW = ("critical_peak_wh", "peak_wh", "flat_wh", "valley_wh", "deep_valley_wh", "volume_l")
# A meter without a breaker says nothing of its supply in a year of readings; what is not filled in is looked up later.
LATELY = "read_at > now() - interval '35 days'"
FILL = f"""
UPDATE meter_status SET counted_at = newest.read_at, {", ".join(f"{name} = newest.{name}" for name in NEW)}
FROM meter CROSS JOIN LATERAL (
    SELECT read_at, {", ".join(NEW)} FROM reading
    WHERE meter_id = meter.id AND (energy_wh IS NOT NULL OR volume_l IS NOT NULL) AND {LATELY}
    ORDER BY read_at DESC LIMIT 1) newest
WHERE meter_status.meter_id = meter.id
"""  # noqa: S608 put together from our own text
FILL_SUPPLY = f"""
UPDATE meter_status SET polled_supply = newest.supply, polled_supply_at = newest.read_at
FROM meter CROSS JOIN LATERAL (
    SELECT read_at, supply FROM reading WHERE meter_id = meter.id AND supply IS NOT NULL AND {LATELY}
    ORDER BY read_at DESC LIMIT 1) newest
WHERE meter_status.meter_id = meter.id
"""  # noqa: S608


def upgrade() -> None:
    op.add_column("meter_status", sa.Column("counted_at", sa.DateTime(timezone=True)))
    for name in NEW:
        op.add_column("meter_status", sa.Column(name, sa.BigInteger()))
    op.add_column("meter_status", sa.Column("polled_supply", sa.Text()))
    op.add_column("meter_status", sa.Column("polled_supply_at", sa.DateTime(timezone=True)))
    # Each row changes with each poll: with room on its page, no index has to be told.
    op.execute("ALTER TABLE meter_status SET (fillfactor = 45)")
    op.execute(FILL)
    op.execute(FILL_SUPPLY)
