"""Keep applications of users; name members, limit what they spend, and know for whom a person acts."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import fence, let_app_use

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "registration",
        sa.Column("wechat_user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_proved", sa.Boolean(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("building", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("meter_number", sa.Text(), nullable=False),
        sa.Column("park_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "approved",
                "rejected",
                "withdrawn",
                name="registration_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "proof",
            sa.Enum(
                "contact_phone",
                "staff",
                name="registration_proof",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("holder_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "role",
            sa.Enum("owner", "payer", "viewer", name="role", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "holder_id"],
            ["holder.organisation_id", "holder.id"],
            name=op.f("fk_registration_organisation_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "park_id"],
            ["park.organisation_id", "park.id"],
            name=op.f("fk_registration_organisation_id_park_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "wechat_user_id"],
            ["wechat_user.organisation_id", "wechat_user.id"],
            name=op.f("fk_registration_organisation_id_wechat_user_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_registration_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_registration_organisation_id_id")),
    )
    op.create_index("ix_registration_queue", "registration", ["organisation_id", "state", "id"], unique=False)
    op.create_index(
        "uq_registration_waiting", "registration", ["wechat_user_id"], unique=True, postgresql_where="state = 'waiting'"
    )
    op.add_column("binding", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    op.alter_column("binding", "name", server_default=None)
    op.add_column("binding", sa.Column("monthly_limit_fen", sa.BigInteger(), nullable=True))
    op.add_column("invite", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    op.alter_column("invite", "name", server_default=None)
    op.add_column("invite", sa.Column("monthly_limit_fen", sa.BigInteger(), nullable=True))
    op.add_column("invite", sa.Column("made_by", sa.BigInteger(), nullable=True))
    op.add_column("invite", sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_invite_holder_id"), "invite", ["holder_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_invite_organisation_id_made_by"),
        "invite",
        "wechat_user",
        ["organisation_id", "made_by"],
        ["organisation_id", "id"],
    )
    op.add_column("preference", sa.Column("holder_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_preference_organisation_id_holder_id"),
        "preference",
        "holder",
        ["organisation_id", "holder_id"],
        ["organisation_id", "id"],
    )
    op.create_check_constraint(op.f("ck_binding_monthly_limit"), "binding", "monthly_limit_fen >= 0")
    let_app_use("registration")
    fence("registration")
