"""Describe rooms, keep what became of them, and who to call; let no two tenancies of a room overlap; group meters."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import let_app_use

revision = "0006"
down_revision = "0005"

# What backend/estate/floors.py says of a floor.
LEVELS = """
UPDATE room SET level = coalesce(substring(floor FROM '\\d+')::bigint, 0)
                        * CASE WHEN floor ~* '^\\s*(B|-|负|地下)' THEN -1 ELSE 1 END
"""


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("holder_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "holder_id"],
            ["holder.organisation_id", "holder.id"],
            name=op.f("fk_contact_organisation_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_contact_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("holder_id", "phone", name=op.f("uq_contact_holder_id_phone")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_contact_organisation_id_id")),
    )
    op.create_index("ix_contact_phone", "contact", ["organisation_id", "phone"], unique=False)
    op.create_table(
        "enterprise",
        sa.Column("holder_id", sa.BigInteger(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("invoice_title", sa.Text(), nullable=False),
        sa.Column("registered_address", sa.Text(), nullable=False),
        sa.Column("registered_phone", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("bank_account", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("length(credit_code) = 18", name=op.f("ck_enterprise_credit_code")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "holder_id"],
            ["holder.organisation_id", "holder.id"],
            name=op.f("fk_enterprise_organisation_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_enterprise_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise")),
        sa.UniqueConstraint("holder_id", name=op.f("uq_enterprise_holder_id")),
        sa.UniqueConstraint("organisation_id", "credit_code", name=op.f("uq_enterprise_organisation_id_credit_code")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_enterprise_organisation_id_id")),
    )
    op.create_table(
        "meter_group",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("park_id", sa.BigInteger(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "park_id"],
            ["park.organisation_id", "park.id"],
            name=op.f("fk_meter_group_organisation_id_park_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_meter_group_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_group")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_meter_group_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_meter_group_organisation_id_name")),
    )
    op.create_table(
        "room_origin",
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "how",
            sa.Enum("split", "merged", name="rebuilding", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "from_id"],
            ["room.organisation_id", "room.id"],
            name=op.f("fk_room_origin_organisation_id_from_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "room_id"],
            ["room.organisation_id", "room.id"],
            name=op.f("fk_room_origin_organisation_id_room_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_room_origin_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_origin")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_room_origin_organisation_id_id")),
        sa.UniqueConstraint("room_id", "from_id", name=op.f("uq_room_origin_room_id_from_id")),
    )
    op.create_index(op.f("ix_room_origin_from_id"), "room_origin", ["from_id"], unique=False)
    op.create_table(
        "meter_group_member",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "group_id"],
            ["meter_group.organisation_id", "meter_group.id"],
            name=op.f("fk_meter_group_member_organisation_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "meter_id"],
            ["meter.organisation_id", "meter.id"],
            name=op.f("fk_meter_group_member_organisation_id_meter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_meter_group_member_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_group_member")),
        sa.UniqueConstraint("group_id", "meter_id", name=op.f("uq_meter_group_member_group_id_meter_id")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_meter_group_member_organisation_id_id")),
    )
    op.create_index(op.f("ix_meter_group_member_meter_id"), "meter_group_member", ["meter_id"], unique=False)
    op.add_column("room", sa.Column("level", sa.BigInteger(), nullable=True))
    op.execute(LEVELS)
    op.alter_column("room", "level", nullable=False)
    op.add_column("room", sa.Column("area_dm2", sa.BigInteger(), nullable=True))
    op.add_column(
        "room",
        sa.Column(
            "kind",
            sa.Enum(
                "office",
                "shop",
                "workshop",
                "warehouse",
                "dormitory",
                "public",
                "other",
                name="room_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
            server_default="office",
        ),
    )
    op.alter_column("room", "kind", server_default=None)
    op.add_column(
        "room",
        sa.Column(
            "phase",
            sa.Enum(
                "phase_a",
                "phase_b",
                "phase_c",
                "three_phase",
                name="room_phase",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
    )
    op.add_column("room", sa.Column("remark", sa.Text(), nullable=False, server_default=""))
    op.alter_column("room", "remark", server_default=None)
    op.add_column("room", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("uq_room_building_id_number"), "room", type_="unique")
    op.create_index(
        "uq_room_number", "room", ["building_id", "number"], unique=True, postgresql_where="retired_at IS NULL"
    )
    op.create_index(op.f("ix_tenancy_holder_id"), "tenancy", ["holder_id"], unique=False)
    op.create_check_constraint(op.f("ck_room_area"), "room", "area_dm2 > 0")
    op.execute(
        "ALTER TABLE tenancy ADD CONSTRAINT ex_tenancy_overlap EXCLUDE USING gist "
        "(int8range(room_id, room_id, '[]') WITH &&, daterange(starts_on, ends_on) WITH &&)"
    )
    let_app_use("contact", "enterprise", "room_origin", "meter_group", "meter_group_member")
