"""Put a fence around each organisation's rows, for transactions that ask for one."""

from migrations.rights import fence

revision = "0007"
down_revision = "0006"

# All but readings, which come by COPY, and events, which one job tells for everybody.
FENCED = (
    *("park", "building", "room", "room_origin", "holder", "tenancy", "enterprise", "contact"),
    *("staff", "staff_grant", "staff_session", "recovery_code", "approval", "audit_entry", "audit_seal"),
    *("wechat_app", "wechat_user", "login_token", "binding", "invite", "preference"),
    *("gateway", "line", "bridge", "bridge_run", "meter", "meter_status", "meter_command", "meter_group"),
    *("meter_group_member", "account", "account_meter", "ledger_account", "ledger_transfer", "merchant_account"),
    *("notification", "receipt", "receipt_fate", "credit_order", "message_template", "delivery", "inbox_message"),
    *("unreachable", "low_credit_watch"),
)


def upgrade() -> None:
    fence(*FENCED)
