"""What became of exchanges: from and to which meter, and whether the new one has answered as itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import or_, select

from backend.admin.kit.language import t
from backend.admin.lines.words import kind_of_line
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.commands.freezing import FOREIGN_SERIAL
from backend.metering.exchange_models import ExchangePhoto, MeterExchange
from backend.metering.groups.grouping import meters_inside
from backend.metering.models import Gateway, Line, Meter, MeterStatus
from backend.staff.models import Staff


class ExchangeState(StrEnum):
    """How far an exchange is; only the new meter itself can say that it is done."""

    WAITING = "waiting"
    WRONG_METER = "wrong_meter"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class ExchangeSight:
    """An exchange, both meters, and who did it."""

    exchange: MeterExchange
    old: Meter
    new: Meter
    who: str
    state: ExchangeState


def exchanges_of(session: Session, *, meter_id: int) -> Sequence[ExchangeSight]:
    """Return the exchanges in which a meter came or went, the oldest first."""
    mine = or_(MeterExchange.old_meter_id == meter_id, MeterExchange.new_meter_id == meter_id)
    found = select(MeterExchange, Staff.name).join(Staff, Staff.id == MeterExchange.exchanged_by).where(mine)
    return [_sight(session, row[0], row[1]) for row in session.execute(found.order_by(MeterExchange.id))]


def photo_inside(session: Session, *, scope: Scope, exchange_id: int) -> ExchangePhoto:
    """Return the photo of an exchange in the scope. Raises NotFoundError."""
    of = select(ExchangePhoto).join(MeterExchange, MeterExchange.id == ExchangePhoto.exchange_id)
    inside = of.join(Meter, Meter.id == MeterExchange.old_meter_id).where(meters_inside(scope))
    photo = session.scalars(inside.where(MeterExchange.id == exchange_id)).one_or_none()
    if photo is None:
        raise NotFoundError
    return photo


def lines_of_park(session: Session, *, park_id: int) -> list[tuple[str, str]]:
    """Return the lines a meter of a park can hang on, with what they are called."""
    lines = select(Line, Gateway).join(Gateway, Gateway.id == Line.gateway_id).where(Gateway.park_id == park_id)
    rows = session.execute(lines.order_by(Gateway.name, Line.port))
    return [(str(line.id), t("{gateway} · {kind} · 端口 {port}", **_named(line, gateway))) for line, gateway in rows]


def _named(line: Line, gateway: Gateway) -> dict[str, object]:
    return {"gateway": gateway.name, "kind": kind_of_line(line.kind), "port": line.port}


def _sight(session: Session, exchange: MeterExchange, who: str) -> ExchangeSight:
    old, new = session.get_one(Meter, exchange.old_meter_id), session.get_one(Meter, exchange.new_meter_id)
    answered = session.scalars(select(MeterStatus.id).filter_by(meter_id=new.id)).first() is not None
    state = ExchangeState.DONE if answered else ExchangeState.WAITING
    if new.frozen_reason == FOREIGN_SERIAL and not answered:
        state = ExchangeState.WRONG_METER
    return ExchangeSight(exchange, old, new, who, state)
