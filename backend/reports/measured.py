"""Which meters tell of whom, and on which days: in a park, a group, a room, or for a holder as long as they paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, cast, func, or_, select
from sqlalchemy.orm import aliased

from backend.accounts.models import Account, AccountMeter
from backend.estate.models import Building, Park, Room
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.exchange_models import MeterExchange
from backend.metering.group_models import MeterGroupMember
from backend.metering.models import Meter
from backend.reports.spans import Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """A meter, the time zone of its park, and the days of a span on which it tells of who is asked about."""

    meter_id: int
    zone: str
    first: date
    end: date


@dataclass(frozen=True, slots=True)
class Stretches:
    """The stretches of a span, not yet asked for: meter_id, zone, the day it was hung for another one, first, until."""

    span: Span
    statement: Select[*tuple[Any, ...]]


def of_all(*, scope: Scope, span: Span, park_id: int | None = None) -> Stretches:
    """Return every meter of a scope, or of one park in it."""
    known = _meters(scope)
    return _clipped(known if park_id is None else known.where(Park.id == park_id), span)


def of_meters(*, scope: Scope, span: Span, meter_ids: Sequence[int]) -> Stretches:
    """Return these meters, as far as they lie in the scope."""
    return _clipped(_meters(scope).where(Meter.id.in_(meter_ids)), span)


def of_group(*, scope: Scope, span: Span, group_id: int) -> Stretches:
    """Return the meters that are in a group now, with those they were exchanged for."""
    members = select(MeterGroupMember.meter_id).filter_by(group_id=group_id)
    earlier = select(MeterExchange.old_meter_id).where(MeterExchange.new_meter_id.in_(members))
    return _clipped(_meters(scope).where(or_(Meter.id.in_(members), Meter.id.in_(earlier))), span)


def of_room(*, scope: Scope, span: Span, room_id: int) -> Stretches:
    """Return the meters of a room, with those that were exchanged."""
    return _clipped(_meters(scope).where(Meter.room_id == room_id), span)


def of_holder(*, scope: Scope, span: Span, holder_id: int) -> Stretches:
    """Return the meters whose account a holder has or had, each for the days on which that account paid for it.

    The day on which an account takes a meter over is the account's; the day on which it leaves is the next one's.
    """
    paid = (
        _meters(scope)
        .join(AccountMeter, AccountMeter.meter_id == Meter.id)
        .join(Account, Account.id == AccountMeter.account_id)
        .where(Account.holder_id == holder_id)
    )
    return _clipped(paid, span, [_local_day(AccountMeter.started_at)], [_local_day(AccountMeter.ended_at)])


def listed(session: Session, stretches: Stretches) -> list[Stretch]:
    """Return stretches one by one."""
    return [Stretch(row.meter_id, row.zone, row.first, row.until) for row in session.execute(stretches.statement)]


HUNG, TAKEN = aliased(MeterExchange), aliased(MeterExchange)


def _meters(scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(Meter.id.label("meter_id"), Park.time_zone.label("zone"), _hung().label("hung"))
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .outerjoin(HUNG, HUNG.new_meter_id == Meter.id)
        .outerjoin(TAKEN, TAKEN.old_meter_id == Meter.id)
        .where(scope.within(Meter.organisation_id, Building.park_id))
        .order_by(Meter.id)
    )


def _hung() -> ColumnElement[date]:
    return _local_day(HUNG.closing_read_at)


def _local_day(instant: Any) -> ColumnElement[date]:
    return cast(func.timezone(Park.time_zone, instant), Date)


def _clipped(
    known: Select[*tuple[Any, ...]],
    span: Span,
    begins: Sequence[ColumnElement[date]] = (),
    ends: Sequence[ColumnElement[date]] = (),
) -> Stretches:
    """Return the days of a span on which meters tell: the day of an exchange is the new meter's."""
    first = func.greatest(cast(span.first, Date), _hung(), *begins)
    until = func.least(cast(span.end, Date), _local_day(TAKEN.closing_read_at), *ends)
    return Stretches(span, known.add_columns(first.label("first"), until.label("until")).where(first < until))
