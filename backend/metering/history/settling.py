"""Staff settle readings that were held: accept what the meter says, put a value of their own, or drop them."""

from collections.abc import Sequence
from typing import LiteralString

from sqlalchemy import ColumnElement, func, select

from backend.audit.recording import Actor, record
from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError, ProductError
from backend.kernel.scope import Scope
from backend.metering.actions import MeteringAction
from backend.metering.history.doubt import Doubt
from backend.metering.history.held_models import HeldReading, Settlement
from backend.metering.models import Meter
from meter_bridge.protocol import REGISTERS

SETTABLE = (Doubt.RAN_BACKWARDS, Doubt.JUMPED)
VALUES: LiteralString = ", ".join(f"{name} = (%({name})s)::bigint" for name in REGISTERS)
# The reading itself is there already, without what was doubted.
COUNT: LiteralString = f"UPDATE reading SET {VALUES} WHERE meter_id = %(meter_id)s AND read_at = %(read_at)s"  # noqa: S608
DUE: LiteralString = """
INSERT INTO register_due (organisation_id, meter_id, since, until)
VALUES (%(organisation_id)s, %(meter_id)s, %(since)s, %(until)s)
ON CONFLICT (meter_id) DO UPDATE SET since = least(register_due.since, excluded.since),
                                     until = greatest(register_due.until, excluded.until)
"""
NEWEST: LiteralString = ", ".join(f"{name} = coalesce(newest.{name}, known.{name})" for name in REGISTERS)
LOCK: LiteralString = "SELECT FROM meter_status WHERE meter_id = %(meter_id)s FOR UPDATE"
SHOWN: LiteralString = f"""
UPDATE meter_status known SET counted_at = newest.read_at, {NEWEST},
    polled_energy_wh = coalesce(newest.energy_wh, known.polled_energy_wh)
FROM (SELECT * FROM reading WHERE meter_id = %(meter_id)s AND (energy_wh IS NOT NULL OR volume_l IS NOT NULL)
      ORDER BY read_at DESC LIMIT 1) newest
WHERE known.meter_id = %(meter_id)s
"""  # noqa: S608 put together from our own text


class UnexplainedError(ProductError):
    """What is decided about a reading stays for ever; so does why."""

    status = 422
    code = "unexplained"
    zh = "请填写理由。"
    en = "Please say why."


class NotSettledSoError(ProductError):
    """Another meter's reading, or one from the future, is nothing to count."""

    status = 409
    code = "not_settled_so"
    zh = "其他电表的读数或未来时间的读数不能计入，只能作废；换过表请用换表功能。"
    en = "A reading of another meter, or from the future, cannot be counted; drop it, or exchange the meter."


def count_held(session: Session, *, scope: Scope) -> int:
    """Return how many meters have readings that wait for a person."""
    return session.scalar(select(func.count(func.distinct(HeldReading.meter_id))).where(*_open(scope))) or 0


def held_of(session: Session, *, scope: Scope, most: int) -> Sequence[tuple[Meter, list[HeldReading], int]]:
    """Return meters with held readings, those held longest first: the newest few of each, and how many there are."""
    longest = select(HeldReading.meter_id, func.min(HeldReading.read_at).label("first"), func.count().label("total"))
    cases = session.execute(longest.where(*_open(scope)).group_by(HeldReading.meter_id).order_by("first").limit(most))
    shown = []
    for case in cases.all():
        newest = select(HeldReading).filter_by(meter_id=case.meter_id, settlement=None)
        rows = session.scalars(newest.order_by(HeldReading.read_at.desc()).limit(most)).all()
        shown.append((session.get_one(Meter, case.meter_id), list(rows), int(case.total)))
    return shown


def accept_held(session: Session, *, scope: Scope, meter_id: int, reason: str, by: Actor) -> int:
    """Count what a meter said while it was doubted; returns how many. Raises NotFoundError, NotSettledSoError."""
    rows = _locked(session, scope, meter_id)
    if any(row.doubt not in SETTABLE for row in rows):
        raise NotSettledSoError
    for row in rows:
        _count(session, row, {name: row.evidence.get(name) for name in REGISTERS})
    return _settle(session, rows, Settlement.ACCEPTED, reason=reason, by=by)


def held_reading(session: Session, *, scope: Scope, held_id: int) -> HeldReading:
    """Return one that waits, locked with all of its meter. Raises NotFoundError."""
    meter_id = session.scalar(select(HeldReading.meter_id).where(HeldReading.id == held_id, *_open(scope)))
    rows = [row for row in _locked(session, scope, meter_id or 0) if row.id == held_id]
    if not rows:
        raise NotFoundError
    return rows[0]


def replace_held(session: Session, *, held: HeldReading, shown_wh: int, reason: str, by: Actor) -> None:
    """Put what a person read off the display in place of what the meter said: the ratio is still to be applied.

    Raises NotSettledSoError, UnexplainedError.
    """
    if held.doubt not in SETTABLE:
        raise NotSettledSoError
    energy_wh = shown_wh * session.get_one(Meter, held.meter_id).ratio
    _count(session, held, {"energy_wh": energy_wh})
    _settle(session, [held], Settlement.REPLACED, reason=reason, by=by, energy_wh=energy_wh)


def drop_held(session: Session, *, scope: Scope, meter_id: int, reason: str, by: Actor) -> int:
    """Leave out for ever what a meter said while it was doubted; returns how many readings. Raises NotFoundError."""
    return _settle(session, _locked(session, scope, meter_id), Settlement.DROPPED, reason=reason, by=by)


def _open(scope: Scope) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    inside = (
        select(Meter.id)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(scope.within(Meter.organisation_id, Building.park_id))
    )
    return HeldReading.settlement.is_(None), HeldReading.meter_id.in_(inside)


def _locked(session: Session, scope: Scope, meter_id: int) -> list[HeldReading]:
    found = select(HeldReading).where(HeldReading.meter_id == meter_id, *_open(scope)).order_by(HeldReading.read_at)
    rows = list(session.scalars(found.with_for_update(), execution_options={"populate_existing": True}))
    if not rows:
        raise NotFoundError
    return rows


def _count(session: Session, row: HeldReading, told: dict[str, int | None]) -> None:
    values = {name: told.get(name) for name in REGISTERS}
    session.run_sql(COUNT, meter_id=row.meter_id, read_at=row.read_at, **values)


def _settle(
    session: Session,
    rows: Sequence[HeldReading],
    how: Settlement,
    *,
    reason: str,
    by: Actor,
    energy_wh: int | None = None,
) -> int:
    if not reason:
        raise UnexplainedError
    first, last = rows[0], rows[-1]
    for row in rows:
        row.settlement, row.settled_at, row.settled_by, row.reason = how, session.clock.now(), by.name, reason
    span = {"since": first.read_at, "until": last.read_at}
    session.run_sql(DUE, organisation_id=first.organisation_id, meter_id=first.meter_id, **span)
    session.run_sql(LOCK, meter_id=first.meter_id)  # so that SHOWN sees what a poll stored meanwhile
    session.run_sql(SHOWN, meter_id=first.meter_id)
    meter = session.get_one(Meter, first.meter_id)
    after = {"settlement": how.value, "readings": len(rows), "first_read": first.read_at, "last_read": last.read_at}
    after |= {} if energy_wh is None else {"energy_wh": energy_wh}
    record(session, by=by, action=MeteringAction.READINGS_SETTLED, subject=meter, after=after, reason=reason)
    return len(rows)
