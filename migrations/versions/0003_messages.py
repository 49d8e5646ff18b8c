"""Create what messages need: preferences, thresholds that were crossed, templates, deliveries and the inbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.rights import let_app_use

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "message_template",
        sa.Column("appid", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("credited", "low_credit", name="notice_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["appid"], ["wechat_app.appid"], name=op.f("fk_message_template_appid")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_message_template_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_template")),
        sa.UniqueConstraint("appid", "kind", name=op.f("uq_message_template_appid_kind")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_message_template_organisation_id_id")),
    )
    op.create_table(
        "delivery",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("wechat_user_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("credited", "low_credit", name="notice_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "given_up",
                name="delivery_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_delivery_event_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "wechat_user_id"],
            ["wechat_user.organisation_id", "wechat_user.id"],
            name=op.f("fk_delivery_organisation_id_wechat_user_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_delivery_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "event_id", "wechat_user_id", "channel", name=op.f("uq_delivery_event_id_wechat_user_id_channel")
        ),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_delivery_organisation_id_id")),
    )
    op.create_index(
        "ix_delivery_due", "delivery", ["next_attempt_at"], unique=False, postgresql_where="state = 'waiting'"
    )
    op.create_table(
        "inbox_message",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("wechat_user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("credited", "low_credit", name="notice_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_inbox_message_event_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "wechat_user_id"],
            ["wechat_user.organisation_id", "wechat_user.id"],
            name=op.f("fk_inbox_message_organisation_id_wechat_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_inbox_message_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_message")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_inbox_message_organisation_id_id")),
        sa.UniqueConstraint("wechat_user_id", "event_id", name=op.f("uq_inbox_message_wechat_user_id_event_id")),
    )
    op.create_index(
        "ix_inbox_message_unread", "inbox_message", ["wechat_user_id"], unique=False, postgresql_where="read_at IS NULL"
    )
    op.create_table(
        "preference",
        sa.Column("wechat_user_id", sa.BigInteger(), nullable=False),
        sa.Column("low_credit_fen", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("large_text", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_preference_language")),
        sa.CheckConstraint("low_credit_fen >= 0", name=op.f("ck_preference_low_credit")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "wechat_user_id"],
            ["wechat_user.organisation_id", "wechat_user.id"],
            name=op.f("fk_preference_organisation_id_wechat_user_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_preference_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preference")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_preference_organisation_id_id")),
        sa.UniqueConstraint("wechat_user_id", name=op.f("uq_preference_wechat_user_id")),
    )
    op.create_table(
        "unreachable",
        sa.Column("wechat_user_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "wechat_user_id"],
            ["wechat_user.organisation_id", "wechat_user.id"],
            name=op.f("fk_unreachable_organisation_id_wechat_user_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_unreachable_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unreachable")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_unreachable_organisation_id_id")),
        sa.UniqueConstraint("wechat_user_id", "channel", name=op.f("uq_unreachable_wechat_user_id_channel")),
    )
    op.create_table(
        "low_credit_watch",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=True),
        sa.Column("threshold_fen", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.Boolean(), nullable=False),
        sa.Column("crossings", sa.BigInteger(), nullable=False),
        sa.Column("credit_fen", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("threshold_fen >= 0", name=op.f("ck_low_credit_watch_threshold")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_low_credit_watch_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "meter_id"],
            ["meter.organisation_id", "meter.id"],
            name=op.f("fk_low_credit_watch_organisation_id_meter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_low_credit_watch_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_low_credit_watch")),
        sa.UniqueConstraint(
            "account_id",
            "meter_id",
            "threshold_fen",
            name="uq_low_credit_watch_subject",
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_low_credit_watch_organisation_id_id")),
    )
    let_app_use("message_template", "delivery", "inbox_message", "preference", "unreachable", "low_credit_watch")
