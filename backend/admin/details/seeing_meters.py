"""A meter with everything around it, inside a scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from backend.accounts.models import Account, AccountMeter
from backend.admin.details.seeing_conditions import ConditionSight, condition_sight
from backend.admin.details.seeing_exchanges import ExchangeSight, exchanges_of
from backend.admin.details.seeing_locks import Locking, locking_of
from backend.admin.kit.media import medium_of_model
from backend.estate.models import Building, Holder, Park, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.command_models import MeterCommand
from backend.metering.history.registers_now import RegistersNow, registers_now
from backend.metering.lines.silence import Medium
from backend.metering.models import Gateway, Line, Meter
from backend.metering.queries import MeterView, views_of
from meter_bridge.protocol import CommandKind

LATEST = 20


@dataclass(frozen=True, slots=True)
class MeterSight:
    """A meter, where it is, who pays for it, what it said last and what it was asked to do."""

    meter: Meter
    room: Room
    building: Building
    park: Park
    gateway: Gateway
    account: Account | None
    holder: Holder | None
    view: MeterView
    commands: Sequence[MeterCommand]
    locking: Locking
    exchanges: Sequence[ExchangeSight]
    condition: ConditionSight | None
    registers: RegistersNow | None
    medium: Medium

    @property
    def latest(self) -> MeterCommand | None:
        """The newest command that is no top-up."""
        return next((each for each in self.commands if each.kind is not CommandKind.TOP_UP), None)


def meter_sight(session: Session, *, scope: Scope, meter_id: int) -> MeterSight:
    """Return a meter of the scope. Raises NotFoundError."""
    row = session.execute(_meters(scope).where(Meter.id == meter_id)).one_or_none()
    if row is None:
        raise NotFoundError
    asked = select(MeterCommand).filter_by(meter_id=meter_id).order_by(MeterCommand.id.desc()).limit(LATEST)
    view = views_of(session, meter_ids=[meter_id])[meter_id]
    commands = session.scalars(asked).all()
    locking, exchanges = locking_of(session, meter_id=meter_id), exchanges_of(session, meter_id=meter_id)
    condition = condition_sight(session, meter_id=meter_id, zone=row[3].time_zone)
    registers = registers_now(session, meter_id=meter_id, zone=row[3].time_zone)
    medium = medium_of_model(row[0].profile)
    return MeterSight(*row, view, commands, locking, exchanges, condition, registers, medium)  # type: ignore[call-arg] # the seven of the row


def meter_numbered(session: Session, *, scope: Scope, number: str) -> int:
    """Return which meter has this number on its front, or this serial number. Raises NotFoundError."""
    for column in (Meter.number, Meter.serial):
        found = session.execute(_meters(scope).where(column == number)).first()
        if found is not None:
            return int(found[0].id)
    raise NotFoundError


def _meters(scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(Meter, Room, Building, Park, Gateway, Account, Holder)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .join(Line, Line.id == Meter.line_id)
        .join(Gateway, Gateway.id == Line.gateway_id)
        .outerjoin(AccountMeter, (AccountMeter.meter_id == Meter.id) & AccountMeter.ended_at.is_(None))
        .outerjoin(Account, Account.id == AccountMeter.account_id)
        .outerjoin(Holder, Holder.id == Account.holder_id)
        .where(scope.within(Building.organisation_id, Building.park_id))
        .order_by(Meter.state)  # of two with one serial number the one in use
    )
