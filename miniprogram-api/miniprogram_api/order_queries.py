"""Orders as the people of their holders may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from backend.accounts.models import Account, Billing
from backend.estate.models import Building, Holder, Park, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter, MeterStatus
from backend.people.models import Binding, WechatUser
from backend.vending.models import CreditOrder
from miniprogram_api.meter_queries import Location
from miniprogram_api.timeline import Progress

LATE_AFTER = 120.0


@dataclass(frozen=True, slots=True)
class OrderSight:
    """An order with everything that is shown of it."""

    progress: Progress
    meter: Meter
    holder: Holder
    location: Location


def order_of(session: Session, *, user: WechatUser, order_no: str) -> OrderSight:
    """Return an order of a holder the user is bound to. Raises NotFoundError, whether it is missing or another's."""
    row = session.execute(_seen_by(user).where(CreditOrder.order_no == order_no)).one_or_none()
    if row is None:
        raise NotFoundError
    return _sight(session, *row)


def orders_of(session: Session, *, user: WechatUser, cursor: str | None, limit: int) -> Sequence[OrderSight]:
    """Return up to so many of these orders, the newest first, older than the one the cursor names."""
    page = _seen_by(user).order_by(CreditOrder.id.desc()).limit(limit)
    if cursor is not None:
        before = select(CreditOrder.id).where(CreditOrder.order_no == cursor).scalar_subquery()
        page = page.where(CreditOrder.id < before)
    return [_sight(session, *row) for row in session.execute(page)]


def _seen_by(user: WechatUser) -> Select[*tuple[Any, ...]]:
    return (
        select(CreditOrder, MeterCommand, MeterStatus, Account.billing, Meter, Holder, Park.name, Building.name, Room)
        .select_from(Binding)
        .join(Holder, Holder.id == Binding.holder_id)
        .join(Account, Account.holder_id == Holder.id)
        .join(CreditOrder, CreditOrder.account_id == Account.id)
        .join(Meter, Meter.id == CreditOrder.meter_id)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .outerjoin(MeterCommand, MeterCommand.id == CreditOrder.command_id)
        .outerjoin(MeterStatus, MeterStatus.meter_id == CreditOrder.meter_id)
        .where(
            Binding.wechat_user_id == user.id,
            Binding.organisation_id == user.organisation_id,
            Binding.ended_at.is_(None),
        )
    )


def _sight(  # noqa: PLR0913, PLR0917 the columns of one row
    session: Session,
    order: CreditOrder,
    command: MeterCommand | None,
    status: MeterStatus | None,
    billing: Billing,
    meter: Meter,
    holder: Holder,
    park: str,
    building: str,
    room: Room,
) -> OrderSight:
    frozen, late_after = meter.frozen_reason is not None, session.span(LATE_AFTER)
    progress = Progress(order, command, status, billing, frozen, session.clock.now(), late_after)
    return OrderSight(progress, meter, holder, Location(park, building, room.floor, room.number))
