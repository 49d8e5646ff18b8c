"""What meters measure and warn of: the newest of each meter, and the extremes of each day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.rights import fence, let_app_use

revision = "0020"
down_revision = "0019"

EXTREMES = (
    "least_voltage_mv", "most_voltage_mv", "most_current_ma", "most_power_w", "least_power_factor", "most_voltage_thd",
    "most_current_thd", "most_voltage_unbalance", "most_current_unbalance",
)  # fmt: skip


def upgrade() -> None:
    _create(
        "meter_condition",
        ["meter_id"],
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", JSONB(), nullable=False),
    )
    _create(
        "condition_day",
        ["meter_id", "day"],
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in EXTREMES),
    )
    op.create_index("ix_condition_day_owner", "condition_day", ["organisation_id", "day"])
    let_app_use("meter_condition", "condition_day")
    fence("meter_condition", "condition_day")


def _create(table: str, key: list[str], *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("meter_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["organisation_id", "meter_id"],
            ["meter.organisation_id", "meter.id"],
            name=op.f(f"fk_{table}_organisation_id_meter_id"),
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )
