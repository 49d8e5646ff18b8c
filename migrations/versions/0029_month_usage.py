"""Keep what meters used month by month, and add up the months that are frozen."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import fence, let_app_use

revision = "0029"
down_revision = "0028"

REGISTERS = ("energy_wh", "critical_peak_wh", "peak_wh", "flat_wh", "valley_wh", "deep_valley_wh", "volume_l")
STEPS = ", ".join(f"{name} - lag({name}) OVER days AS {name}" for name in REGISTERS)
FORWARD = " AND ".join(f"{name} >= 0 IS NOT FALSE" for name in REGISTERS)
SUMS = ", ".join(f"sum({name}) FILTER (WHERE sound)" for name in REGISTERS)
# A border belongs to its month, and the first of a month ends the one before, too. 7200 s: what counts as measured.
KNOWN = f"""
WITH part AS (
    SELECT DISTINCT organisation_id, meter_id, date_trunc('month', day - behind)::date AS month, day, gap_s,
           {", ".join(REGISTERS)}
    FROM day_register, generate_series(0, 1) AS behind),
step AS (
    SELECT organisation_id, meter_id, month, day - lag(day) OVER days AS days,
           greatest(gap_s, lag(gap_s) OVER days) AS gap_s, {STEPS}
    FROM part WINDOW days AS (PARTITION BY meter_id, month ORDER BY day)),
judged AS (
    SELECT *, days IS NOT NULL AND {FORWARD} AND (energy_wh IS NOT NULL OR volume_l IS NOT NULL) AS sound FROM step)
INSERT INTO month_usage (organisation_id, meter_id, month, measured_days, known_days, {", ".join(REGISTERS)})
SELECT organisation_id, meter_id, month, coalesce(sum(days) FILTER (WHERE sound AND days = 1 AND gap_s <= 7200), 0),
       coalesce(sum(days) FILTER (WHERE sound), 0), {SUMS}
FROM judged GROUP BY organisation_id, meter_id, month
"""  # noqa: S608 put together from our own text


def upgrade() -> None:
    op.create_table(
        "month_usage",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("measured_days", "known_days")),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in REGISTERS),
        sa.ForeignKeyConstraint(
            ["organisation_id", "meter_id"],
            ["meter.organisation_id", "meter.id"],
            name=op.f("fk_month_usage_organisation_id_meter_id"),
        ),
        sa.PrimaryKeyConstraint("month", "meter_id", name=op.f("pk_month_usage")),
    )
    let_app_use("month_usage")
    fence("month_usage")
    op.execute(KNOWN)
