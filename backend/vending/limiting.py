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
from backend.people.models import Binding, WechatUser
from backend.vending.models import CreditOrder, OrderState


def refuse_over_limit(session: Session, *, person: Sequence[WechatUser], account: Account, amount_fen: int) -> None:
    """Raise OverMonthlyLimitError when an order would go beyond the person's limit; they are locked by `person_of`.

    What was paid this month counts, and what can still be paid.
    """
    numbers = [each.id for each in person]
    limit = session.scalar(
        select(func.min(Binding.monthly_limit_fen)).where(
            Binding.holder_id == account.holder_id, Binding.wechat_user_id.in_(numbers), Binding.ended_at.is_(None)
        )
    )
    if limit is None:
        return
    left = limit - spent_this_month(session, user_ids=numbers, account=account)
    if amount_fen > left:
        raise OverMonthlyLimitError(left=yuan(max(left, 0)))


def spent_this_month(session: Session, *, user_ids: Sequence[int], account: Account) -> int:
    """Return what users ordered for an account's holder since the local month began, in fen, unpaid orders included."""
    now = session.clock.now()
    payable = and_(CreditOrder.state == OrderState.PLACED, CreditOrder.expires_at > now)
    paid = CreditOrder.state.in_((OrderState.PAID, OrderState.CREDITED))
    spent = (
        select(func.coalesce(func.sum(CreditOrder.amount_fen), 0))
        .join(Account, Account.id == CreditOrder.account_id)
        .where(
            Account.holder_id == account.holder_id,
            CreditOrder.placed_by.in_(user_ids),
            CreditOrder.placed_at >= _month_began(session, account.organisation_id, now),
            or_(payable, paid),
        )
    )
    return int(session.scalar(spent) or 0)


def _month_began(session: Session, organisation_id: int, now: datetime) -> datetime:
    zone = ZoneInfo(session.get_one(Organisation, organisation_id).time_zone)
    return now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
