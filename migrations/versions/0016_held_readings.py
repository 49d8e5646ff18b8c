"""Hold readings whose registers cannot be true, until staff settle them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.rights import fence, let_app_use

revision = "0016"
down_revision = "0015"

DOUBTS = ("ran_backwards", "jumped", "from_the_future", "foreign_serial")
SETTLEMENTS = ("accepted", "replaced", "dropped")


def upgrade() -> None:
    op.create_table(
        "held_reading",
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doubt", _word("doubt", *DOUBTS), nullable=False),
        sa.Column("evidence", JSONB(), nullable=False),
        sa.Column("before", JSONB(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settlement", _word("settlement", *SETTLEMENTS), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "meter_id"],
            ["meter.organisation_id", "meter.id"],
            name=op.f("fk_held_reading_organisation_id_meter_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_held_reading_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_reading")),
        sa.UniqueConstraint("meter_id", "read_at", name=op.f("uq_held_reading_meter_id_read_at")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_held_reading_organisation_id_id")),
    )
    op.create_index(
        "ix_held_reading_open",
        "held_reading",
        ["organisation_id", "meter_id"],
        postgresql_where=sa.text("settlement IS NULL"),
    )
    let_app_use("held_reading")
    fence("held_reading")


def _word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
