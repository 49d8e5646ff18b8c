"""Hang maintenance locks on breakers, and remember on whose account a command was queued."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import fence, let_app_use

revision = "0013"
down_revision = "0012"

CAUSES = "'payment', 'staff', 'prepaid', 'load', 'time'"
KINDS = "'refund', 'price_change', 'bulk_cut_off', 'opening_balances', 'lock_removal'"
HANGS = "taken_off_at IS NULL"
OTHERS = {
    "park_id": "park",
    "meter_id": "meter",
    "group_id": "meter_group",
    "hung_by": "staff",
    "taken_off_by": "staff",
    "approval_id": "approval",
}


def upgrade() -> None:
    _tell_causes()
    op.drop_constraint(op.f("ck_approval_approval_kind"), "approval")
    op.create_check_constraint(op.f("ck_approval_approval_kind"), "approval", f"kind IN ({KINDS})")
    op.create_table(
        "maintenance_lock",
        *(sa.Column(name, sa.BigInteger(), nullable=name != "hung_by") for name in OTHERS),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(_points(name, table) for name, table in OTHERS.items()),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_maintenance_lock_organisation_id")
        ),
        sa.CheckConstraint("num_nonnulls(meter_id, group_id) = 1", name=op.f("ck_maintenance_lock_target")),
        sa.CheckConstraint(
            "num_nulls(taken_off_at, taken_off_by) IN (0, 2)", name=op.f("ck_maintenance_lock_taken_off")
        ),
        sa.CheckConstraint(
            "taken_off_by IS NULL OR taken_off_by = hung_by OR approval_id IS NOT NULL",
            name=op.f("ck_maintenance_lock_by_whom_or_by_two"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_lock")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_maintenance_lock_organisation_id_id")),
    )
    for target in ("meter", "group"):
        columns = [f"{target}_id", "hung_by"]
        op.create_index(
            f"uq_maintenance_lock_{target}", "maintenance_lock", columns, unique=True, postgresql_where=HANGS
        )
    let_app_use("maintenance_lock")
    fence("maintenance_lock")


def _tell_causes() -> None:
    """What waits without an end was paid for; what ends by itself was asked for by staff."""
    op.add_column("meter_command", sa.Column("cause", sa.String(length=32), nullable=True))
    paid = "kind = 'top_up' OR (kind = 'close_breaker' AND expires_at IS NULL)"
    op.execute(f"UPDATE meter_command SET cause = CASE WHEN {paid} THEN 'payment' ELSE 'staff' END")  # noqa: S608 only what stands above
    op.alter_column("meter_command", "cause", nullable=False)
    op.create_check_constraint(op.f("ck_meter_command_command_cause"), "meter_command", f"cause IN ({CAUSES})")


def _points(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{table}.organisation_id", f"{table}.id"],
        name=op.f(f"fk_maintenance_lock_organisation_id_{column}"),
    )
