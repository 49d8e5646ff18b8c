"""What a payer may top up with in a calendar month, as the owner of the holder allows it."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select

from backend.accounts.models import Account
from backend.estate.models import Organisation
from backend.kernel.db import Session
from backend.kernel.money import yuan
from backend.people.joining_errors import OverMonthlyLimitError
from backend.vending.models import CreditOrder, OrderState


def refuse_over_limit(
    session: Session, *, person: Sequence[int], account: Account, amount_fen: int, limit_fen: int
) -> None:
    """Raise OverMonthlyLimitError when an order would go beyond the person's limit; they are locked by `person_of`.

    person: the numbers of their users. What was paid this month counts, and what can still be paid.
    """
    where = {"organisation_id": account.organisation_id, "holder_id": account.holder_id}
    left = limit_fen - sum(spent_this_month(session, **where, user_ids=person).values())
    if amount_fen > left:
        raise OverMonthlyLimitError(left=yuan(max(left, 0)))


def spent_this_month(
    session: Session, *, organisation_id: int, holder_id: int, user_ids: Sequence[int]
) -> dict[int, int]:
    """Return what users ordered for a holder since the local month began, in fen by user; unpaid orders count too."""
    now = session.clock.now()
    payable = and_(CreditOrder.state == OrderState.PLACED, CreditOrder.expires_at > now)
    paid = CreditOrder.state.in_((OrderState.PAID, OrderState.CREDITED))
    spent = (
        select(CreditOrder.placed_by, func.sum(CreditOrder.amount_fen))
        .join(Account, Account.id == CreditOrder.account_id)
        .where(
            Account.holder_id == holder_id,
            CreditOrder.placed_by.in_(user_ids),
            CreditOrder.placed_at >= _month_began(session, organisation_id, now),
            or_(payable, paid),
        )
        .group_by(CreditOrder.placed_by)
    )
    return {row[0]: int(row[1]) for row in session.execute(spent)}


def _month_began(session: Session, organisation_id: int, now: datetime) -> datetime:
    zone = ZoneInfo(session.get_one(Organisation, organisation_id).time_zone)
    return now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
