"""Create the main chain: estate, people, meters, accounts, the ledger, payments and orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.rights import create_refusal, let_app_append, let_app_know_its_schema, let_app_use

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("kind", "asker", name=op.f("uq_attempt_kind_asker")),
    )
    op.create_index(op.f("ix_attempt_ends_at"), "attempt", ["ends_at"], unique=False)
    op.create_table(
        "event",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("key", name=op.f("uq_event_key")),
    )
    op.create_index("ix_event_untold", "event", ["id"], unique=False, postgresql_where="told_at IS NULL")
    op.create_table(
        "organisation",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("closed_through", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
    )
    op.create_table(
        "bridge",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enrolment_fingerprint", sa.Text(), nullable=True),
        sa.Column("enrolment_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("access_fingerprint", sa.Text(), nullable=True),
        sa.Column("instance", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unfit_profiles", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_bridge_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridge")),
        sa.UniqueConstraint("access_fingerprint", name=op.f("uq_bridge_access_fingerprint")),
        sa.UniqueConstraint("enrolment_fingerprint", name=op.f("uq_bridge_enrolment_fingerprint")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_bridge_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_bridge_organisation_id_name")),
        sa.UniqueConstraint("reference", name=op.f("uq_bridge_reference")),
    )
    op.create_table(
        "holder",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "enterprise",
                "person",
                "room_group",
                name="holder_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_holder_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_holder_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_holder_organisation_id_name")),
    )
    op.create_table(
        "park",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_park_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_park")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_park_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_park_organisation_id_name")),
    )
    op.create_table(
        "wechat_app",
        sa.Column("appid", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mini_program",
                "official_account",
                name="wechat_app_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_wechat_app_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_app")),
        sa.UniqueConstraint("appid", name=op.f("uq_wechat_app_appid")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_wechat_app_organisation_id_id")),
    )
    op.create_table(
        "account",
        sa.Column("holder_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "billing",
            sa.Enum("meter", "platform", name="billing", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("wallet_fen", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "holder_id"],
            ["holder.organisation_id", "holder.id"],
            name=op.f("fk_account_organisation_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_account_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_account_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "number", name=op.f("uq_account_organisation_id_number")),
    )
    op.create_index(op.f("ix_account_holder_id"), "account", ["holder_id"], unique=False)
    op.create_table(
        "bridge_run",
        sa.Column("bridge_id", sa.BigInteger(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "bridge_id"],
            ["bridge.organisation_id", "bridge.id"],
            name=op.f("fk_bridge_run_organisation_id_bridge_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_bridge_run_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridge_run")),
        sa.UniqueConstraint("bridge_id", "instance", name=op.f("uq_bridge_run_bridge_id_instance")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_bridge_run_organisation_id_id")),
    )
    op.create_table(
        "building",
        sa.Column("park_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "park_id"],
            ["park.organisation_id", "park.id"],
            name=op.f("fk_building_organisation_id_park_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_building_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_building_organisation_id_id")),
        sa.UniqueConstraint("park_id", "name", name=op.f("uq_building_park_id_name")),
    )
    op.create_table(
        "gateway",
        sa.Column("park_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "park_id"],
            ["park.organisation_id", "park.id"],
            name=op.f("fk_gateway_organisation_id_park_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_gateway_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_gateway_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_gateway_organisation_id_name")),
    )
    op.create_table(
        "merchant_account",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("direct", "partner", name="merchant_mode", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("mchid", sa.Text(), nullable=False),
        sa.Column("sub_mchid", sa.Text(), nullable=True),
        sa.Column("appid", sa.Text(), nullable=False),
        sa.Column("sub_appid", sa.Text(), nullable=True),
        sa.Column("park_id", sa.BigInteger(), nullable=True),
        sa.Column("callback_key", sa.Text(), nullable=False),
        sa.Column("sealed_keys", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_merchant_account_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "park_id"],
            ["park.organisation_id", "park.id"],
            name=op.f("fk_merchant_account_organisation_id_park_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_merchant_account_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_account")),
        sa.UniqueConstraint("callback_key", name=op.f("uq_merchant_account_callback_key")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_merchant_account_organisation_id_id")),
        sa.UniqueConstraint(
            "organisation_id",
            "provider",
            "mchid",
            "appid",
            name=op.f("uq_merchant_account_organisation_id_provider_mchid_appid"),
        ),
    )
    op.create_table(
        "wechat_user",
        sa.Column("appid", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("unionid", sa.Text(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["appid"], ["wechat_app.appid"], name=op.f("fk_wechat_user_appid")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_wechat_user_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_user")),
        sa.UniqueConstraint("appid", "openid", name=op.f("uq_wechat_user_appid_openid")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_wechat_user_organisation_id_id")),
    )
    op.create_index("ix_wechat_user_unionid", "wechat_user", ["organisation_id", "unionid"], unique=False)
    op.create_table(
        "binding",
        sa.Column("wechat_user_id", sa.BigInteger(), nullable=False),
        sa.Column("holder_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("owner", "payer", "viewer", name="role", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "holder_id"],
            ["holder.organisation_id", "holder.id"],
            name=op.f("fk_binding_organisation_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "wechat_user_id"],
            ["wechat_user.organisation_id", "wechat_user.id"],
            name=op.f("fk_binding_organisation_id_wechat_user_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_binding_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_binding_organisation_id_id")),
    )
    op.create_index(op.f("ix_binding_holder_id"), "binding", ["holder_id"], unique=False)
    op.create_index(
        "uq_binding_open", "binding", ["wechat_user_id", "holder_id"], unique=True, postgresql_where="ended_at IS NULL"
    )
    op.create_table(
        "invite",
        sa.Column("holder_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("owner", "payer", "viewer", name="role", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "holder_id"],
            ["holder.organisation_id", "holder.id"],
            name=op.f("fk_invite_organisation_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "used_by"],
            ["wechat_user.organisation_id", "wechat_user.id"],
            name=op.f("fk_invite_organisation_id_used_by"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_invite_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_invite_fingerprint")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_invite_organisation_id_id")),
    )
    op.create_table(
        "ledger_account",
        sa.Column(
            "kind",
            sa.Enum(
                "clearing",
                "wallet",
                "in_transit",
                "in_meter",
                "refundable",
                "unapplied",
                name="ledger_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_ledger_account_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_ledger_account_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_ledger_account_organisation_id_id")),
        sa.UniqueConstraint(
            "organisation_id",
            "kind",
            "subject_id",
            "epoch",
            name=op.f("uq_ledger_account_organisation_id_kind_subject_id_epoch"),
        ),
    )
    op.create_table(
        "line",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("port", sa.BigInteger(), nullable=False),
        sa.Column("baud", sa.BigInteger(), nullable=False),
        sa.Column("timeout_ms", sa.BigInteger(), nullable=False),
        sa.Column("quiet_ms", sa.BigInteger(), nullable=False),
        sa.Column("bridge_id", sa.BigInteger(), nullable=True),
        sa.Column("instance", sa.Text(), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gateway_answers", sa.Boolean(), nullable=True),
        sa.Column("last_good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("port BETWEEN 1 AND 65535", name=op.f("ck_line_port")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "bridge_id"],
            ["bridge.organisation_id", "bridge.id"],
            name=op.f("fk_line_organisation_id_bridge_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "gateway_id"],
            ["gateway.organisation_id", "gateway.id"],
            name=op.f("fk_line_organisation_id_gateway_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_line_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
        sa.UniqueConstraint("gateway_id", "port", name=op.f("uq_line_gateway_id_port")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_line_organisation_id_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_line_reference")),
    )
    op.create_index(op.f("ix_line_bridge_id"), "line", ["bridge_id"], unique=False)
    op.create_table(
        "login_token",
        sa.Column("wechat_user_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "wechat_user_id"],
            ["wechat_user.organisation_id", "wechat_user.id"],
            name=op.f("fk_login_token_organisation_id_wechat_user_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_login_token_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_token")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_login_token_fingerprint")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_login_token_organisation_id_id")),
    )
    op.create_index(op.f("ix_login_token_wechat_user_id"), "login_token", ["wechat_user_id"], unique=False)
    op.create_table(
        "notification",
        sa.Column("merchant_account_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "merchant_account_id"],
            ["merchant_account.organisation_id", "merchant_account.id"],
            name=op.f("fk_notification_organisation_id_merchant_account_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_notification_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint(
            "merchant_account_id", "fingerprint", name=op.f("uq_notification_merchant_account_id_fingerprint")
        ),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_notification_organisation_id_id")),
    )
    op.create_table(
        "receipt",
        sa.Column("merchant_account_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("payment", name="receipt_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("transaction_no", sa.Text(), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("appid", sa.Text(), nullable=False),
        sa.Column("mchid", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_receipt_positive")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "merchant_account_id"],
            ["merchant_account.organisation_id", "merchant_account.id"],
            name=op.f("fk_receipt_organisation_id_merchant_account_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_receipt_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_receipt_organisation_id_id")),
        sa.UniqueConstraint(
            "provider",
            "merchant_account_id",
            "kind",
            "transaction_no",
            name=op.f("uq_receipt_provider_merchant_account_id_kind_transaction_no"),
        ),
    )
    op.create_index(op.f("ix_receipt_order_no"), "receipt", ["order_no"], unique=False)
    op.create_table(
        "room",
        sa.Column("building_id", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "building_id"],
            ["building.organisation_id", "building.id"],
            name=op.f("fk_room_organisation_id_building_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_room_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("building_id", "number", name=op.f("uq_room_building_id_number")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_room_organisation_id_id")),
    )
    op.create_table(
        "ledger_transfer",
        sa.Column("debit_id", sa.BigInteger(), nullable=False),
        sa.Column("credit_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_ledger_transfer_positive")),
        sa.CheckConstraint("debit_id <> credit_id", name=op.f("ck_ledger_transfer_two_places")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "corrects_id"],
            ["ledger_transfer.organisation_id", "ledger_transfer.id"],
            name=op.f("fk_ledger_transfer_organisation_id_corrects_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "credit_id"],
            ["ledger_account.organisation_id", "ledger_account.id"],
            name=op.f("fk_ledger_transfer_organisation_id_credit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "debit_id"],
            ["ledger_account.organisation_id", "ledger_account.id"],
            name=op.f("fk_ledger_transfer_organisation_id_debit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_ledger_transfer_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transfer")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_ledger_transfer_organisation_id_id")),
        sa.UniqueConstraint(
            "organisation_id", "idempotency_key", name=op.f("uq_ledger_transfer_organisation_id_idempotency_key")
        ),
    )
    op.create_index(op.f("ix_ledger_transfer_booked_on"), "ledger_transfer", ["booked_on"], unique=False)
    op.create_index(op.f("ix_ledger_transfer_credit_id"), "ledger_transfer", ["credit_id"], unique=False)
    op.create_index(op.f("ix_ledger_transfer_debit_id"), "ledger_transfer", ["debit_id"], unique=False)
    op.create_index("ix_ledger_transfer_group", "ledger_transfer", ["organisation_id", "group_key"], unique=False)
    op.create_table(
        "meter",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column(
            "capability",
            sa.Enum(
                "counter_cas",
                "additive_blind",
                "platform_wallet",
                name="money_capability",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "credit_unit",
            sa.Enum("money", "energy", name="credit_unit", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("active", "retired", name="meter_state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("next_seq", sa.BigInteger(), nullable=False),
        sa.Column("frozen_reason", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("unit BETWEEN 1 AND 247", name=op.f("ck_meter_unit")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "line_id"],
            ["line.organisation_id", "line.id"],
            name=op.f("fk_meter_organisation_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "room_id"],
            ["room.organisation_id", "room.id"],
            name=op.f("fk_meter_organisation_id_room_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_meter_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_meter_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "number", name=op.f("uq_meter_organisation_id_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_meter_reference")),
    )
    op.create_index("uq_meter_place", "meter", ["line_id", "unit"], unique=True, postgresql_where="state = 'active'")
    op.create_index(
        "uq_meter_serial", "meter", ["organisation_id", "serial"], unique=True, postgresql_where="state = 'active'"
    )
    op.create_table(
        "receipt_fate",
        sa.Column("receipt_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "disposition",
            sa.Enum(
                "pending",
                "applied",
                "unknown_order",
                "wrong_amount",
                "wrong_merchant",
                "second_payment",
                "late_payment",
                "refunded_elsewhere",
                name="disposition",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "receipt_id"],
            ["receipt.organisation_id", "receipt.id"],
            name=op.f("fk_receipt_fate_organisation_id_receipt_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_receipt_fate_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_fate")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_receipt_fate_organisation_id_id")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_receipt_fate_receipt_id")),
    )
    op.create_index(
        "ix_receipt_fate_pending", "receipt_fate", ["receipt_id"], unique=False, postgresql_where="applied_at IS NULL"
    )
    op.create_table(
        "tenancy",
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("holder_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name=op.f("ck_tenancy_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "holder_id"],
            ["holder.organisation_id", "holder.id"],
            name=op.f("fk_tenancy_organisation_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "room_id"],
            ["room.organisation_id", "room.id"],
            name=op.f("fk_tenancy_organisation_id_room_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_tenancy_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenancy")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_tenancy_organisation_id_id")),
    )
    op.create_index("uq_tenancy_open", "tenancy", ["room_id"], unique=True, postgresql_where="ends_on IS NULL")
    op.create_table(
        "account_meter",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_account_meter_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "meter_id"],
            ["meter.organisation_id", "meter.id"],
            name=op.f("fk_account_meter_organisation_id_meter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_account_meter_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_meter")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_account_meter_organisation_id_id")),
    )
    op.create_index(op.f("ix_account_meter_account_id"), "account_meter", ["account_id"], unique=False)
    op.create_index(
        "uq_account_meter_open", "account_meter", ["meter_id"], unique=True, postgresql_where="ended_at IS NULL"
    )
    op.create_table(
        "meter_command",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "top_up",
                "open_breaker",
                "close_breaker",
                "read_now",
                name="command_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "leased",
                "sending",
                "confirmed",
                "refused",
                "unknown",
                "held",
                "cancelled",
                name="command_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("refusals", sa.BigInteger(), nullable=False),
        sa.Column("bridge_id", sa.BigInteger(), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=True),
        sa.Column("purchase_no", sa.BigInteger(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("signed", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("(kind = 'top_up') = (amount > 0)", name=op.f("ck_meter_command_amount")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "bridge_id"],
            ["bridge.organisation_id", "bridge.id"],
            name=op.f("fk_meter_command_organisation_id_bridge_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "meter_id"],
            ["meter.organisation_id", "meter.id"],
            name=op.f("fk_meter_command_organisation_id_meter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_meter_command_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_command")),
        sa.UniqueConstraint(
            "meter_id", "epoch", "purchase_no", name=op.f("uq_meter_command_meter_id_epoch_purchase_no")
        ),
        sa.UniqueConstraint("meter_id", "seq", name=op.f("uq_meter_command_meter_id_seq")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_meter_command_organisation_id_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_meter_command_reference")),
    )
    op.create_index(
        "ix_meter_command_open",
        "meter_command",
        ["meter_id", "seq"],
        unique=False,
        postgresql_where="state IN ('queued', 'leased', 'sending', 'unknown', 'held')",
    )
    op.create_index(
        "uq_meter_command_money_in_flight",
        "meter_command",
        ["meter_id"],
        unique=True,
        postgresql_where="kind = 'top_up' AND state IN ('leased', 'sending', 'unknown', 'held')",
    )
    op.create_table(
        "meter_status",
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=True),
        sa.Column("purchase_count", sa.BigInteger(), nullable=True),
        sa.Column(
            "supply",
            sa.Enum("closed", "open", name="supply_state", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("energy_wh", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "meter_id"],
            ["meter.organisation_id", "meter.id"],
            name=op.f("fk_meter_status_organisation_id_meter_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_meter_status_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_status")),
        sa.UniqueConstraint("meter_id", name=op.f("uq_meter_status_meter_id")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_meter_status_organisation_id_id")),
    )
    op.create_table(
        "reading",
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=True),
        sa.Column("purchase_count", sa.BigInteger(), nullable=True),
        sa.Column(
            "supply",
            sa.Enum("closed", "open", name="supply_state", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("energy_wh", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "meter_id"],
            ["meter.organisation_id", "meter.id"],
            name=op.f("fk_reading_organisation_id_meter_id"),
        ),
        sa.PrimaryKeyConstraint("meter_id", "read_at", name=op.f("pk_reading")),
    )
    op.create_table(
        "credit_order",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("placed_by", sa.BigInteger(), nullable=False),
        sa.Column("merchant_account_id", sa.BigInteger(), nullable=False),
        sa.Column("tap", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "placed",
                "paid",
                "credited",
                "closed",
                name="order_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("command_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queries", sa.BigInteger(), nullable=False),
        sa.Column("next_query_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_credit_order_positive")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_credit_order_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "command_id"],
            ["meter_command.organisation_id", "meter_command.id"],
            name=op.f("fk_credit_order_organisation_id_command_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "merchant_account_id"],
            ["merchant_account.organisation_id", "merchant_account.id"],
            name=op.f("fk_credit_order_organisation_id_merchant_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "meter_id"],
            ["meter.organisation_id", "meter.id"],
            name=op.f("fk_credit_order_organisation_id_meter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "placed_by"],
            ["wechat_user.organisation_id", "wechat_user.id"],
            name=op.f("fk_credit_order_organisation_id_placed_by"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_credit_order_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_order")),
        sa.UniqueConstraint("command_id", name=op.f("uq_credit_order_command_id")),
        sa.UniqueConstraint("order_no", name=op.f("uq_credit_order_order_no")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_credit_order_organisation_id_id")),
        sa.UniqueConstraint("placed_by", "tap", name=op.f("uq_credit_order_placed_by_tap")),
    )
    op.create_index(op.f("ix_credit_order_account_id"), "credit_order", ["account_id"], unique=False)
    op.create_index(
        "ix_credit_order_due", "credit_order", ["next_query_at"], unique=False, postgresql_where="state = 'placed'"
    )
    create_refusal()
    let_app_know_its_schema()
    let_app_append("ledger_account", "ledger_transfer", "notification", "receipt")
    let_app_use(
        "account",
        "account_meter",
        "attempt",
        "binding",
        "bridge",
        "bridge_run",
        "building",
        "credit_order",
        "event",
        "gateway",
        "holder",
        "invite",
        "line",
        "login_token",
        "merchant_account",
        "meter",
        "meter_command",
        "meter_status",
        "organisation",
        "park",
        "reading",
        "receipt_fate",
        "room",
        "tenancy",
        "wechat_app",
        "wechat_user",
    )
