"""Note meters whose register stands still under load or whose clock is off."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.rights import fence, let_app_use

revision = "0024"
down_revision = "0023"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "suspect_meter",
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "suspicion",
            sa.Enum(
                "stands_still", "clock_drift", name="suspicion", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("evidence", JSONB(), nullable=False),
        sa.Column("noted_at", MOMENT, nullable=False),
        *(sa.Column(name, MOMENT, nullable=True) for name in ("passed_at", "settled_at")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("settled_by", "reason")),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        _owner("suspect_meter"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_suspect_meter_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspect_meter")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_suspect_meter_organisation_id_id")),
    )
    _index("uq_suspect_meter_lasting", "meter_id", "suspicion", unique=True, where="passed_at IS NULL")
    _index("ix_suspect_meter_open", "organisation_id", "meter_id", unique=False, where="settled_at IS NULL")
    op.create_table(
        "load_watch",
        sa.Column("meter_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, MOMENT, nullable=False) for name in ("since", "seen_at")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("energy_wh", "power_w", "suggested_ws")),
        _owner("load_watch"),
        sa.PrimaryKeyConstraint("meter_id", name=op.f("pk_load_watch")),
    )
    let_app_use("suspect_meter", "load_watch")
    fence("suspect_meter", "load_watch")


def _owner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", "meter_id"],
        ["meter.organisation_id", "meter.id"],
        name=op.f(f"fk_{table}_organisation_id_meter_id"),
    )


def _index(name: str, *columns: str, unique: bool, where: str) -> None:
    op.create_index(name, "suspect_meter", list(columns), unique=unique, postgresql_where=sa.text(where))
