"""Part readings by time, with registers by period and water; freeze them at hours and days; note supply changes."""

import sqlalchemy as sa
from alembic import op

from migrations.parting import create_functions
from migrations.rights import fence, let_app_use

revision = "0012"
down_revision = "0011"

REGISTERS = ("energy_wh", "critical_peak_wh", "peak_wh", "flat_wh", "valley_wh", "deep_valley_wh", "volume_l")
OLD = ("organisation_id", "meter_id", "read_at", "balance", "purchase_count", "supply", "energy_wh")


def upgrade() -> None:
    op.rename_table("reading", "reading_before")
    for kind in ("pk", "fk", "ck"):
        op.execute(_freed(kind))
    _create("reading", "read_at", sa.Column("balance", sa.BigInteger()), sa.Column("purchase_count", sa.BigInteger()),
            _supply(nullable=True), parted=True)  # fmt: skip
    _create("hour_register", "at", _gap(), parted=True)
    day = sa.Column("day", sa.Date(), nullable=False)
    at = sa.Column("at", sa.DateTime(timezone=True), nullable=False)
    _create("day_register", "day", at, _gap(), key=day)
    op.create_index("ix_day_register_owner", "day_register", ["organisation_id", "day"])
    _create("supply_change", "at", _supply(nullable=False), registers=())
    span = [sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("since", "until")]
    _create("register_due", None, *span, registers=())
    create_functions()
    for table in ("reading", "hour_register"):
        op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
    columns = ", ".join(OLD)
    op.execute(f"INSERT INTO reading ({columns}) SELECT {columns} FROM reading_before")  # noqa: S608 our own
    op.execute(
        "INSERT INTO register_due (organisation_id, meter_id, since, until) SELECT organisation_id, meter_id, "
        "min(read_at), max(read_at) FROM reading GROUP BY organisation_id, meter_id"
    )
    op.drop_table("reading_before")
    let_app_use("reading", "hour_register", "day_register", "supply_change", "register_due")
    fence("day_register", "supply_change")


def _freed(kind: str) -> str:
    """Return the statement that gives the name of a constraint of the old table free for the new one."""
    name = {
        "pk": "pk_reading",
        "fk": "fk_reading_organisation_id_meter_id",
        "ck": "ck_reading_supply_state",
    }[kind]
    return f"ALTER TABLE reading_before RENAME CONSTRAINT {name} TO {name}_before"


def _create(
    table: str,
    time: str | None,
    *columns: sa.Column[object],
    registers: tuple[str, ...] = REGISTERS,
    key: sa.Column[object] | None = None,
    parted: bool = False,
) -> None:
    at = key if key is not None else sa.Column(time, sa.DateTime(timezone=True), nullable=False) if time else None
    keys = ["meter_id", at.name] if at is not None else ["meter_id"]
    op.create_table(
        table,
        sa.Column("meter_id", sa.BigInteger(), nullable=False, autoincrement=False),
        *((at,) if at is not None else ()),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        *columns,
        *(sa.Column(name, sa.BigInteger()) for name in registers),
        sa.ForeignKeyConstraint(
            ["organisation_id", "meter_id"],
            ["meter.organisation_id", "meter.id"],
            name=op.f(f"fk_{table}_organisation_id_meter_id"),
        ),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        postgresql_partition_by=f"RANGE ({time})" if parted else None,
    )


def _gap() -> sa.Column[object]:
    return sa.Column("gap_s", sa.BigInteger(), nullable=False)


def _supply(*, nullable: bool) -> sa.Column[object]:
    states = sa.Enum("closed", "open", name="supply_state", native_enum=False, create_constraint=True, length=32)
    return sa.Column("supply", states, nullable=nullable)
