"""What waits for somebody, and how things stand, as counts that lead to what they count."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select

from backend.admin.kit.page import current, looked_at
from backend.admin.lists.column import Listing
from backend.admin.lists.meters import METERS
from backend.admin.lists.orders import ORDERS
from backend.admin.lists.parameters import PARAMETERS
from backend.admin.lists.rooms import ROOMS
from backend.estate.models import Room
from backend.kernel.db import Session
from backend.metering.history.settling import count_held
from backend.metering.history.settling_suspects import count_suspects
from backend.metering.lines.silence import fell_silent
from backend.metering.models import Meter, MeterState, MeterStatus
from backend.metering.parameters.states import ParameterState, parameter_state
from backend.people.deciding import count_waiting
from backend.runtime import runtime
from backend.staff.approval_queries import approvals_for, count_agreed
from backend.staff.roles import Permission
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import SupplyState

SILENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tile:
    """A count that leads to what it counts; attention: somebody should look."""

    title: str
    count: int
    place: str
    attention: bool


def tiles_of(session: Session) -> Iterator[Tile]:
    """Yield the counts that concern who asks."""
    who = current()
    yield _calling("待我审批", len(approvals_for(session, who=who)), "approvals")
    yield _calling("已同意、待执行", count_agreed(session, who=who), "approvals")
    if who.may_somewhere(Permission.DECIDE_REGISTRATIONS):
        reach = looked_at(Permission.DECIDE_REGISTRATIONS)
        yield _calling("待处理的绑定申请", count_waiting(session, scope=reach), "applicants")
    if who.may_somewhere(ORDERS.permission):
        yield _calling(
            "已付款未到账", _count(session, ORDERS, CreditOrder.state == OrderState.PAID), "orders?state=paid"
        )
    if who.may_somewhere(METERS.permission):
        used = Meter.state == MeterState.ACTIVE
        unheard = used & fell_silent(session.clock.now(), runtime().profiles, least=SILENT)
        yield _calling("读数可疑的电表", count_held(session, scope=looked_at(METERS.permission)), "quarantine")
        suspected = count_suspects(session, scope=looked_at(METERS.permission))
        yield _calling("示数不动或时钟不准", suspected, "quarantine")
        unlike = parameter_state() == ParameterState.DRIFT.value
        yield _calling("参数不一致", _count(session, PARAMETERS, unlike), "parameters?state=drift")
        frozen = Meter.frozen_reason.is_not(None)
        yield _calling("一小时未抄到的电表", _count(session, METERS, unheard), "meters?sort=read_at")
        yield _calling("充值冻结的电表", _count(session, METERS, frozen), "meters?frozen=yes")
        cut = _count(session, METERS, used & (MeterStatus.supply == SupplyState.OPEN))
        yield Tile("已拉闸的电表", cut, "meters?supply=open", attention=False)
        rooms = _count(session, ROOMS, Room.retired_at.is_(None))
        yield Tile("在用房间", rooms, "rooms?retired=no", attention=False)


def _calling(title: str, count: int, place: str) -> Tile:
    return Tile(title, count, place, count > 0)


def _count(session: Session, listing: Listing, condition: ColumnElement[bool]) -> int:
    found = listing.statement(session, looked_at(listing.permission)).where(condition).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0
