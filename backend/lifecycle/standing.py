"""What stands on the accounts that pay for the meters of rooms: credit, and money that is under way."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from backend.accounts.models import Account, AccountMeter, Billing
from backend.estate.models import Holder
from backend.kernel.db import Session
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.exchange_models import MeterExchange
from backend.metering.models import Meter, MeterState, MeterStatus
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandKind, CreditUnit

OPEN = (OrderState.PLACED, OrderState.PAID)


@dataclass(frozen=True, slots=True)
class Standing:
    """A meter, who pays for it, and what is left.

    credit in fen, or in watt-hours where in_energy; None when it is not known. under_way: orders and top-ups that
    are not settled.
    """

    meter: Meter
    link: AccountMeter
    account: Account
    holder: Holder
    credit: int | None
    in_energy: bool
    under_way: int
    told_at: datetime

    def age(self, now: datetime) -> timedelta:
        """Return how old what is known of the credit is."""
        return now - self.told_at


def standing_of(session: Session, *, room_ids: Collection[int]) -> Mapping[int, Sequence[Standing]]:
    """Return for each room the meters in use with an account, in four queries however many rooms."""
    linked = (
        select(Meter, AccountMeter, Account, Holder, MeterStatus)
        .join(AccountMeter, (AccountMeter.meter_id == Meter.id) & AccountMeter.ended_at.is_(None))
        .join(Account, Account.id == AccountMeter.account_id)
        .join(Holder, Holder.id == Account.holder_id)
        .outerjoin(MeterStatus, MeterStatus.meter_id == Meter.id)
        .where(Meter.room_id.in_(sorted(room_ids)), Meter.state == MeterState.ACTIVE)
        .order_by(Meter.number)
    )
    rows = session.execute(linked).all()
    moving = _under_way(session, {row.Meter.id for row in rows})
    found: dict[int, list[Standing]] = defaultdict(list)
    for meter, link, account, holder, status in rows:
        credit, in_energy, told_at = _credit(session, account, meter, status)
        one = Standing(meter, link, account, holder, credit, in_energy, moving.get(meter.id, 0), told_at)
        found[meter.room_id].append(one)
    return found


def _credit(
    session: Session, account: Account, meter: Meter, status: MeterStatus | None
) -> tuple[int | None, bool, datetime]:
    if account.billing is Billing.PLATFORM:
        return account.wallet_fen, False, session.clock.now()
    in_energy = meter.credit_unit is CreditUnit.ENERGY
    return (status.balance, in_energy, status.read_at) if status else (None, in_energy, session.clock.now())


def _under_way(session: Session, meter_ids: Collection[int]) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    hangs = func.coalesce(MeterExchange.new_meter_id, CreditOrder.meter_id)  # money for an exchanged meter follows
    orders = (
        select(hangs, func.count())
        .select_from(CreditOrder)
        .outerjoin(MeterExchange, MeterExchange.old_meter_id == CreditOrder.meter_id)
        .where(hangs.in_(meter_ids), CreditOrder.state.in_(OPEN))
    )
    commands = select(MeterCommand.meter_id, func.count()).where(
        MeterCommand.meter_id.in_(meter_ids), MeterCommand.kind == CommandKind.TOP_UP, MeterCommand.state.in_(UNSETTLED)
    )
    for query in (orders.group_by(hangs), commands.group_by(MeterCommand.meter_id)):
        for meter_id, count in session.execute(query):
            counts[meter_id] += count
    return counts
