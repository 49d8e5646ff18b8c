"""Parameters of meters: what is wanted and what they said, templates, changes, and the daily check."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.rights import fence, let_app_use

revision = "0026"
down_revision = "0025"

MOMENT = sa.DateTime(timezone=True)
CAUSES = "'payment', 'staff', 'prepaid', 'load', 'time', 'check'"
CODES = (
    *("low_credit_threshold_1", "low_credit_threshold_2", "low_credit_threshold_3", "overdraft_limit", "hoard_limit"),
    *("reclose_credit", "unit_prices", "day_schedules", "date_plan", "overload_limit", "malicious_step_limit"),
    *("malicious_power_factor_limit", "recovery_seconds", "daily_trip_limit", "over_voltage_limit"),
    *("under_voltage_limit", "over_current_limit", "voltage_unbalance_limit", "current_unbalance_limit"),
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_meter_command_command_cause"), "meter_command", type_="check")
    op.create_check_constraint(op.f("ck_meter_command_command_cause"), "meter_command", f"cause IN ({CAUSES})")
    _templates()
    _changes()
    _items()
    _parameters()
    _checks()
    tables = ("parameter_template", "parameter_change", "parameter_change_item", "meter_parameter", "parameter_check")
    let_app_use(*tables)
    fence(*tables)


def _templates() -> None:
    _table(
        "parameter_template",
        _number("park_id", nullable=True),
        _text("name"),
        _text("remark"),
        _unit(),
        sa.Column("values", JSONB(), nullable=False),
        _number("version"),
        sa.Column("ended_at", MOMENT, nullable=True),
        _to("parameter_template", "park_id", "park"),
    )
    op.create_index(
        "uq_parameter_template_name",
        "parameter_template",
        ["organisation_id", "name"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _changes() -> None:
    _table(
        "parameter_change",
        *(_number(name, nullable=True) for name in ("park_id", "template_id", "template_version")),
        _unit(),
        sa.Column("values", JSONB(), nullable=False),
        _text("found_by"),
        _text("reason"),
        _number("asked_by", nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        _number("approval_id", nullable=True),
        sa.Column("carried_out_at", MOMENT, nullable=True),
        _to("parameter_change", "park_id", "park"),
        _to("parameter_change", "template_id", "parameter_template"),
        _to("parameter_change", "asked_by", "staff"),
        _to("parameter_change", "approval_id", "approval"),
        sa.CheckConstraint(
            "(template_id IS NULL) = (template_version IS NULL)", name=op.f("ck_parameter_change_version")
        ),
    )
    _index("parameter_change", "template_id")


def _items() -> None:
    _table(
        "parameter_change_item",
        *(_number(name) for name in ("change_id", "meter_id")),
        _code(),
        *(sa.Column(name, JSONB(), nullable=True) for name in ("before", "unfit")),
        _number("command_id", nullable=True),
        _to("parameter_change_item", "change_id", "parameter_change"),
        _to("parameter_change_item", "meter_id", "meter"),
        _to("parameter_change_item", "command_id", "meter_command"),
        sa.UniqueConstraint(
            "change_id", "meter_id", "code", name=op.f("uq_parameter_change_item_change_id_meter_id_code")
        ),
    )
    _index("parameter_change_item", "meter_id")
    _index("parameter_change_item", "command_id")


def _parameters() -> None:
    _table(
        "meter_parameter",
        _number("meter_id"),
        _code(),
        sa.Column("wanted", JSONB(), nullable=True),
        *(_number(name, nullable=True) for name in ("change_id", "command_id")),
        *(sa.Column(name, JSONB(), nullable=True) for name in ("unfit", "actual")),
        *(sa.Column(name, MOMENT, nullable=True) for name in ("read_at", "drift_since")),
        _to("meter_parameter", "meter_id", "meter"),
        _to("meter_parameter", "change_id", "parameter_change"),
        _to("meter_parameter", "command_id", "meter_command"),
        sa.UniqueConstraint("meter_id", "code", name=op.f("uq_meter_parameter_meter_id_code")),
        sa.CheckConstraint("actual IS NULL OR read_at IS NOT NULL", name=op.f("ck_meter_parameter_read")),
    )
    op.create_index(
        "ix_meter_parameter_drift",
        "meter_parameter",
        ["organisation_id"],
        postgresql_where=sa.text("drift_since IS NOT NULL"),
    )
    op.create_index("ix_meter_parameter_command", "meter_parameter", ["command_id"])


def _checks() -> None:
    op.create_table(
        "parameter_check",
        sa.Column("meter_id", sa.BigInteger(), nullable=False, autoincrement=False),
        _number("organisation_id"),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=True),
        _to("parameter_check", "meter_id", "meter"),
        sa.PrimaryKeyConstraint("meter_id", name=op.f("pk_parameter_check")),
    )
    _index("parameter_check", "due_at")


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        *parts,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _number("organisation_id"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f(f"fk_{name}_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f(f"uq_{name}_organisation_id_id")),
    )


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _unit() -> sa.Column[str]:
    words = sa.Enum("money", "energy", name="credit_unit", native_enum=False, create_constraint=True, length=32)
    return sa.Column("credit_unit", words, nullable=False)


def _code() -> sa.Column[str]:
    words = sa.Enum(*CODES, name="parameter_code", native_enum=False, create_constraint=True, length=32)
    return sa.Column("code", words, nullable=False)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{target}.organisation_id", f"{target}.id"],
        name=op.f(f"fk_{table}_organisation_id_{column}"),
    )


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
