"""Book what accounts held in the system before this one."""

from collections.abc import Mapping
from json import dumps
from typing import LiteralString

from backend.accounts.ledger import place
from backend.accounts.models import LedgerKind
from backend.kernel.db import Session

TOLD: LiteralString = "jsonb_to_recordset(%(rows)s::jsonb) AS told (account_id bigint, fen bigint)"
MAKE_WALLETS: LiteralString = f"""
INSERT INTO ledger_account (organisation_id, kind, subject_id, epoch, account_id)
SELECT %(owner)s, 'wallet', told.account_id, 0, told.account_id FROM {TOLD}
ON CONFLICT DO NOTHING
"""  # noqa: S608 put together from our own text
# No ON CONFLICT: a second opening balance of an account is an error, never silence.
BOOK: LiteralString = f"""
WITH told AS (SELECT * FROM {TOLD}),
moved AS (
    INSERT INTO ledger_transfer
        (organisation_id, debit_id, credit_id, amount_fen, group_key, reason, idempotency_key, occurred_at,
         recorded_at, booked_on)
    SELECT o.id, CASE WHEN told.fen > 0 THEN %(before)s ELSE wallet.id END,
           CASE WHEN told.fen > 0 THEN wallet.id ELSE %(before)s END, abs(told.fen), %(group)s, 'opening_balance',
           'account:' || told.account_id || ':opening', %(now)s, %(now)s,
           greatest(timezone(o.time_zone, %(now)s)::date, o.closed_through + 1)
    FROM told
    JOIN organisation o ON o.id = %(owner)s
    JOIN ledger_account wallet ON wallet.organisation_id = o.id AND wallet.kind = 'wallet' AND wallet.epoch = 0
                              AND wallet.subject_id = told.account_id
    RETURNING 1),
grown AS (
    UPDATE account SET wallet_fen = wallet_fen + told.fen FROM told
    WHERE account.id = told.account_id AND account.organisation_id = %(owner)s AND account.billing = 'platform'
    RETURNING 1)
SELECT (SELECT count(*) FROM moved) AS moved, (SELECT count(*) FROM grown) AS grown
"""  # noqa: S608 put together from our own text


class NotBroughtForwardError(RuntimeError):
    """An account of these has no wallet here; nothing may be booked."""


def bring_forward(session: Session, *, organisation_id: int, balances: Mapping[int, int], group: str) -> None:
    """Book opening balances into wallets, once for ever for each account. balances: fen by account, a debt below 0.

    group: names the cause. Raises NotBroughtForwardError, IntegrityError when one was booked before.
    """
    if not balances:
        return
    rows = dumps([{"account_id": number, "fen": fen} for number, fen in balances.items()])
    session.run_sql(MAKE_WALLETS, owner=organisation_id, rows=rows)
    before = place(session, organisation_id=organisation_id, kind=LedgerKind.OPENING, subject_id=organisation_id)
    now = session.clock.now()
    booked = session.run_sql(BOOK, owner=organisation_id, rows=rows, before=before.id, group=group, now=now).one()
    if (booked.moved, booked.grown) != (len(balances), len(balances)):
        raise NotBroughtForwardError


def opening_key(account_id: int) -> str:
    """Return the idempotency key of an account's opening balance: there is one for ever."""
    return f"account:{account_id}:opening"
