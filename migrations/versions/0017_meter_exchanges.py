"""Meters are exchanged in the field, with a photo of the old display."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import fence, let_app_append, let_app_use

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "meter_exchange",
        sa.Column("old_meter_id", sa.BigInteger(), nullable=False),
        sa.Column("new_meter_id", sa.BigInteger(), nullable=False),
        sa.Column("closing_energy_wh", sa.BigInteger(), nullable=False),
        sa.Column("closing_count", sa.BigInteger(), nullable=True),
        sa.Column("credit_left", sa.BigInteger(), nullable=True),
        sa.Column("closing_read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("exchanged_by", sa.BigInteger(), nullable=False),
        sa.Column("exchanged_at", sa.DateTime(timezone=True), nullable=False),
        *_owned("meter_exchange", old_meter_id="meter", new_meter_id="meter", exchanged_by="staff"),
        sa.UniqueConstraint("old_meter_id", name=op.f("uq_meter_exchange_old_meter_id")),
        sa.UniqueConstraint("new_meter_id", name=op.f("uq_meter_exchange_new_meter_id")),
        sa.CheckConstraint("old_meter_id <> new_meter_id", name=op.f("ck_meter_exchange_two_meters")),
        sa.CheckConstraint("closing_energy_wh >= 0", name=op.f("ck_meter_exchange_energy")),
    )
    op.create_table(
        "exchange_photo",
        sa.Column("exchange_id", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *_owned("exchange_photo", exchange_id="meter_exchange"),
        sa.UniqueConstraint("exchange_id", name=op.f("uq_exchange_photo_exchange_id")),
    )
    let_app_use("meter_exchange")
    let_app_append("exchange_photo")
    fence("meter_exchange", "exchange_photo")


def _owned(table: str, **others: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{other}.organisation_id", f"{other}.id"],
                name=op.f(f"fk_{table}_organisation_id_{column}"),
            )
            for column, other in others.items()
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f(f"uq_{table}_organisation_id_id")),
    ]
