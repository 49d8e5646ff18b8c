"""Meters as the people of their holders may see them: one query, however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from backend.accounts.models import Account, AccountMeter
from backend.estate.models import Building, Holder, Park, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.metering.models import Line, Meter, MeterState, MeterStatus
from backend.people.models import Binding, Role, WechatUser


@dataclass(frozen=True, slots=True)
class Location:
    """Where a meter hangs."""

    park: str
    building: str
    floor: str
    room: str

    def label(self) -> str:
        """Return park, building, floor and room in one line."""
        return " ".join((self.park, self.building, self.floor, self.room))


@dataclass(frozen=True, slots=True)
class MeterSight:
    """A meter with everything that is shown of it."""

    meter: Meter
    account: Account
    holder: Holder
    role: Role
    location: Location
    status: MeterStatus | None
    gateway_answers: bool | None


def meters_of(session: Session, *, user: WechatUser) -> Sequence[MeterSight]:
    """Return every meter in use of every holder the user is bound to."""
    ordered = _seen_by(user).order_by(Park.name, Building.name, Room.number, Meter.number)
    return [_sight(*row) for row in session.execute(ordered)]


def meter_of(session: Session, *, user: WechatUser, reference: str) -> MeterSight:
    """Return one of these meters. Raises NotFoundError, whether it is missing or another's."""
    row = session.execute(_seen_by(user).where(Meter.reference == reference)).one_or_none()
    if row is None:
        raise NotFoundError
    return _sight(*row)


def _seen_by(user: WechatUser) -> Select[*tuple[Any, ...]]:
    return (
        select(Meter, Account, Holder, Binding.role, Park.name, Building.name, Room, MeterStatus, Line.gateway_answers)
        .select_from(Binding)
        .join(Holder, Holder.id == Binding.holder_id)
        .join(Account, (Account.holder_id == Holder.id) & Account.closed_at.is_(None))
        .join(AccountMeter, (AccountMeter.account_id == Account.id) & AccountMeter.ended_at.is_(None))
        .join(Meter, (Meter.id == AccountMeter.meter_id) & (Meter.state == MeterState.ACTIVE))
        .join(Line, Line.id == Meter.line_id)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .outerjoin(MeterStatus, MeterStatus.meter_id == Meter.id)
        .where(
            Binding.wechat_user_id == user.id,
            Binding.organisation_id == user.organisation_id,
            Binding.ended_at.is_(None),
        )
    )


def _sight(  # noqa: PLR0913, PLR0917 the columns of one row
    meter: Meter,
    account: Account,
    holder: Holder,
    role: Role,
    park: str,
    building: str,
    room: Room,
    status: MeterStatus | None,
    gateway_answers: bool | None,  # noqa: FBT001
) -> MeterSight:
    place = Location(park, building, room.floor, room.number)
    return MeterSight(meter, account, holder, role, place, status, gateway_answers)
