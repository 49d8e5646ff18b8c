"""The ledger: money moves from place to place, and every movement is one row that is never touched again.

A place that owes (wallet, in transit, in a meter, refundable, unapplied) holds what was credited to it minus what
was debited. Clearing is what the provider owes us, so it holds the same with the sign turned.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from sqlalchemy import func, select, union_all, update

from backend.accounts.errors import TransferChangedError
from backend.accounts.models import Account, LedgerAccount, LedgerKind, LedgerTransfer
from backend.kernel.db import Session

# Steps of a statement that a caller completes: a place for `subject`, which must be new, and a movement into it. Asks
# for the values of a Movement, debit_id, and the kind and account of the new place; `moved` holds the transfer.
BOOK_INTO_NEW: LiteralString = """
target AS (
    INSERT INTO ledger_account (organisation_id, kind, subject_id, epoch, account_id)
    SELECT %(organisation_id)s, %(credit_kind)s, subject.id, 0, %(account_id)s::bigint FROM subject
    RETURNING id),
moved AS (
    INSERT INTO ledger_transfer
        (organisation_id, debit_id, credit_id, amount_fen, group_key, reason, idempotency_key, occurred_at,
         recorded_at, booked_on)
    SELECT o.id, %(debit_id)s, target.id, %(amount_fen)s, %(group)s, %(reason)s, %(key)s, %(occurred_at)s, %(now)s,
           greatest(timezone(o.time_zone, %(now)s)::date, o.closed_through + 1)
    FROM organisation o, target
    WHERE o.id = %(organisation_id)s
    RETURNING id)
"""

PLACE: LiteralString = """
SELECT id, account_id FROM ledger_account
WHERE organisation_id = %(organisation_id)s AND kind = %(kind)s AND subject_id = %(subject_id)s AND epoch = %(epoch)s
"""
PLACE_OR_NEW: LiteralString = f"""
WITH found AS ({PLACE}),
made AS (
    INSERT INTO ledger_account (organisation_id, kind, subject_id, epoch, account_id)
    SELECT %(organisation_id)s, %(kind)s, %(subject_id)s, %(epoch)s, %(account_id)s::bigint
    WHERE NOT EXISTS (SELECT FROM found)
    ON CONFLICT DO NOTHING
    RETURNING id, account_id)
SELECT id, account_id FROM found UNION ALL SELECT id, account_id FROM made
"""  # noqa: S608 only what stands above
MOVE: LiteralString = """
INSERT INTO ledger_transfer
    (organisation_id, debit_id, credit_id, amount_fen, group_key, reason, idempotency_key, occurred_at, recorded_at,
     booked_on)
SELECT o.id, %(debit_id)s, %(credit_id)s, %(amount_fen)s, %(group)s, %(reason)s, %(key)s, %(occurred_at)s, %(now)s,
       greatest(timezone(o.time_zone, %(now)s)::date, o.closed_through + 1)
FROM organisation o
WHERE o.id = %(organisation_id)s
ON CONFLICT DO NOTHING
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where money can be. account_id is the prepaid account whose money it is, if it is somebody's."""

    id: int
    kind: LedgerKind
    account_id: int | None


@dataclass(frozen=True, slots=True)
class Movement:
    """Money to move: amount in fen; the key makes it happen once; the group ties movements of one cause together."""

    debit: Place
    credit: Place
    amount_fen: int
    reason: str
    key: str
    group: str
    occurred_at: datetime


def place(
    session: Session,
    *,
    organisation_id: int,
    kind: LedgerKind,
    subject_id: int,
    epoch: int = 0,
    account_id: int | None = None,
) -> Place:
    """Return the place of this name, made at its first use."""
    name = {"organisation_id": organisation_id, "kind": kind.value, "subject_id": subject_id, "epoch": epoch}
    found = session.run_sql(PLACE_OR_NEW, **name, account_id=account_id).one_or_none()
    if found is None:  # made by somebody else at this moment
        found = session.run_sql(PLACE, **name).one()
    return Place(found.id, kind, found.account_id)


def move(session: Session, *, organisation_id: int, movement: Movement) -> bool:
    """Book a movement once; False when its key was booked before. Raises TransferChangedError if it differed then."""
    booked = session.run_sql(
        MOVE,
        organisation_id=organisation_id,
        debit_id=movement.debit.id,
        credit_id=movement.credit.id,
        amount_fen=movement.amount_fen,
        group=movement.group,
        reason=movement.reason,
        key=movement.key,
        occurred_at=movement.occurred_at,
        now=session.clock.now(),
    )
    if booked.first() is None:
        _refuse_changed(session, organisation_id, movement)
        return False
    _cache_wallets(session, movement)
    return True


def balance(session: Session, *, organisation_id: int, kind: LedgerKind, subject_id: int, epoch: int = 0) -> int:
    """Return what a place holds, in fen, rebuilt from every movement; positive is what we owe there."""
    name = {"organisation_id": organisation_id, "kind": kind, "subject_id": subject_id, "epoch": epoch}
    where = select(LedgerAccount.id).filter_by(**name).scalar_subquery()
    transfer = LedgerTransfer
    gains = select(func.coalesce(func.sum(transfer.amount_fen), 0)).where(transfer.credit_id == where)
    debits = select(func.coalesce(func.sum(transfer.amount_fen), 0)).where(transfer.debit_id == where)
    return int(session.scalar(select(gains.scalar_subquery() - debits.scalar_subquery())) or 0)


def balances_by_kind(session: Session, *, organisation_id: int) -> dict[LedgerKind, int]:
    """Return what all places of each kind hold together, in fen; over all kinds it is always zero."""
    sides = union_all(
        select(LedgerTransfer.credit_id.label("place"), LedgerTransfer.amount_fen.label("fen")).where(
            LedgerTransfer.organisation_id == organisation_id
        ),
        select(LedgerTransfer.debit_id, -LedgerTransfer.amount_fen).where(
            LedgerTransfer.organisation_id == organisation_id
        ),
    ).subquery()
    total = func.sum(sides.c.fen)
    rows = session.execute(
        select(LedgerAccount.kind, total).join(sides, sides.c.place == LedgerAccount.id).group_by(LedgerAccount.kind)
    )
    return {kind: int(fen) for kind, fen in rows}


def _refuse_changed(session: Session, organisation_id: int, movement: Movement) -> None:
    known = session.scalars(
        select(LedgerTransfer).filter_by(organisation_id=organisation_id, idempotency_key=movement.key)
    ).one()
    now_told = (movement.debit.id, movement.credit.id, movement.amount_fen)
    if (known.debit_id, known.credit_id, known.amount_fen) != now_told:
        raise TransferChangedError(movement.key)


def _cache_wallets(session: Session, movement: Movement) -> None:
    """Keep the cached wallets true, in the same transaction as the movement."""
    for side, sign in ((movement.debit, -1), (movement.credit, 1)):
        if side.kind is LedgerKind.WALLET:
            grown = update(Account).where(Account.id == side.account_id)
            session.execute(grown.values(wallet_fen=Account.wallet_fen + sign * movement.amount_fen))
