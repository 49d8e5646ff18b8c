"""Which meters tell of whom, and on which days: in a park, a group, a room, or for a holder as long as they paid."""

from collections.abc import Iterable, Sequence
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


def of_all(session: Session, *, scope: Scope, span: Span, park_id: int | None = None) -> list[Stretch]:
    """Return every meter of a scope, or of one park in it."""
    known = _meters(scope)
    return _whole(session, known if park_id is None else known.where(Park.id == park_id), span)


def of_meters(session: Session, *, scope: Scope, span: Span, meter_ids: Sequence[int]) -> list[Stretch]:
    """Return these meters, as far as they lie in the scope."""
    return _whole(session, _meters(scope).where(Meter.id.in_(meter_ids)), span)


def of_group(session: Session, *, scope: Scope, span: Span, group_id: int) -> list[Stretch]:
    """Return the meters that are in a group now, with those they were exchanged for."""
    members = select(MeterGroupMember.meter_id).filter_by(group_id=group_id)
    earlier = select(MeterExchange.old_meter_id).where(MeterExchange.new_meter_id.in_(members))
    return _whole(session, _meters(scope).where(or_(Meter.id.in_(members), Meter.id.in_(earlier))), span)


def of_room(session: Session, *, scope: Scope, span: Span, room_id: int) -> list[Stretch]:
    """Return the meters of a room, with those that were exchanged."""
    return _whole(session, _meters(scope).where(Meter.room_id == room_id), span)


def of_holder(session: Session, *, scope: Scope, span: Span, holder_id: int) -> list[Stretch]:
    """Return the meters whose account a holder has or had, each for the days on which that account paid for it.

    The day on which an account takes a meter over is the account's; the day on which it leaves is the next one's.
    """
    rows = session.execute(
        _meters(scope)
        .add_columns(_local_day(AccountMeter.started_at), _local_day(AccountMeter.ended_at))
        .join(AccountMeter, AccountMeter.meter_id == Meter.id)
        .join(Account, Account.id == AccountMeter.account_id)
        .where(Account.holder_id == holder_id)
    )
    return [
        stretch
        for meter_id, zone, hung, taken, since, until in rows
        if (stretch := _clipped(meter_id, zone, span, (hung, since), (taken, until)))
    ]


def _meters(scope: Scope) -> Select[*tuple[Any, ...]]:
    hung, taken = aliased(MeterExchange), aliased(MeterExchange)
    return (
        select(Meter.id, Park.time_zone, _local_day(hung.closing_read_at), _local_day(taken.closing_read_at))
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .outerjoin(hung, hung.new_meter_id == Meter.id)
        .outerjoin(taken, taken.old_meter_id == Meter.id)
        .where(scope.within(Meter.organisation_id, Building.park_id))
        .order_by(Meter.id)
    )


def _local_day(instant: Any) -> ColumnElement[date]:
    return cast(func.timezone(Park.time_zone, instant), Date)


def _whole(session: Session, known: Select[*tuple[Any, ...]], span: Span) -> list[Stretch]:
    rows = session.execute(known)
    clipped = (_clipped(meter_id, zone, span, (hung,), (taken,)) for meter_id, zone, hung, taken in rows)
    return [stretch for stretch in clipped if stretch]


def _clipped(
    meter_id: int, zone: str, span: Span, begins: Iterable[date | None], ends: Iterable[date | None]
) -> Stretch | None:
    """Return the days of a span on which a meter tells: the day of an exchange is the new meter's."""
    first = max(span.first, *(day for day in begins if day), date.min)
    end = min(span.end, *(day for day in ends if day), date.max)
    return Stretch(meter_id, zone, first, end) if first < end else None
