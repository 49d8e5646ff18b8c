"""Let accounts bring credit and debt along from the system before, signed for by two persons."""

from alembic import op

revision = "0011"
down_revision = "0010"

PLACES = ("clearing", "wallet", "in_transit", "in_meter", "refundable", "unapplied", "opening")
APPROVALS = ("refund", "price_change", "bulk_cut_off", "opening_balances")


def upgrade() -> None:
    _widen("ledger_account", "ledger_kind", PLACES)
    _widen("approval", "approval_kind", APPROVALS)


def _widen(table: str, check: str, words: tuple[str, ...]) -> None:
    name = op.f(f"ck_{table}_{check}")
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, f"kind IN ({', '.join(repr(word) for word in words)})")
