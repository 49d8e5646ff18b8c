"""The end of a term in a dormitory: for each room who leaves, who comes, and what stands against it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select

from backend.estate.holder_errors import HolderUnknownError
from backend.estate.holders import holder_named
from backend.estate.models import Building, Holder, Room, Tenancy
from backend.kernel.db import Session
from backend.kernel.entropy import CHINA
from backend.kernel.scope import Scope
from backend.lifecycle.standing import Standing, standing_of
from backend.lifecycle.term_errors import TermDaysUnfitError

DAY = timedelta(days=1)


class TermFate(StrEnum):
    """What becomes of a room at the end of a term."""

    REPLACED = "replaced"
    EMPTIED = "emptied"
    LET = "let"
    KEPT = "kept"
    REFUSED = "refused"


class Hindrance(StrEnum):
    """Why nothing becomes of a room."""

    NO_TENANCY = "no_tenancy"
    ALREADY_ENDS = "already_ends"
    LET_AGAIN = "let_again"
    HOLDER_UNKNOWN = "holder_unknown"
    CREDIT_LEFT = "credit_left"
    CREDIT_UNKNOWN = "credit_unknown"
    MONEY_UNDER_WAY = "money_under_way"
    ACCOUNT_IN_USE = "account_in_use"


@dataclass(frozen=True, slots=True)
class TermWish:
    """Which rooms, the last day of the old term, the first of the new one, and who comes by room; others stay empty."""

    last_day: date
    first_day: date
    room_ids: tuple[int, ...]
    comers: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TermRow:
    """A room: who holds it, who comes, what becomes of it or why nothing does, and the accounts of its meters."""

    room: Room
    building: Building
    tenancy: Tenancy | None
    present: Holder | None
    comer: Holder | None
    comer_name: str
    fate: TermFate
    why: Hindrance | None
    standing: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class _Term:
    session: Session
    wish: TermWish
    tenancies: Mapping[int, Sequence[Tenancy]]
    known: Mapping[str, Holder]
    standing: Mapping[int, Sequence[Standing]]


def plan_term(session: Session, *, scope: Scope, wish: TermWish) -> list[TermRow]:
    """Return what would become of each room in use of the scope; nothing is changed. Raises TermDaysUnfitError."""
    if wish.first_day <= wish.last_day:
        raise TermDaysUnfitError
    places = (
        select(Room, Building)
        .join(Building, Building.id == Room.building_id)
        .where(Room.id.in_(wish.room_ids), Room.retired_at.is_(None))
        .where(scope.within(Building.organisation_id, Building.park_id))
        .order_by(Building.park_id, Building.name, Room.level, Room.number)
    )
    rooms = [(row.Room, row.Building) for row in session.execute(places)]
    found = select(Tenancy).where(Tenancy.room_id.in_([room.id for room, _ in rooms])).order_by(Tenancy.starts_on)
    tenancies: dict[int, list[Tenancy]] = defaultdict(list)
    for tenancy in session.scalars(found):
        tenancies[tenancy.room_id].append(tenancy)
    standing = standing_of(session, room_ids=[room.id for room, _ in rooms])
    term = _Term(session, wish, tenancies, _named(session, scope, wish), standing)
    return [_row(term, room, building) for room, building in rooms]


def digest_of(wish: TermWish, rows: Sequence[TermRow]) -> str:
    """Return the hash of what was shown: something else is not carried out."""
    told = [
        (row.room.id, row.fate, row.tenancy.id if row.tenancy else 0, row.comer.id if row.comer else 0) for row in rows
    ]
    return sha256(repr((wish.last_day, wish.first_day, told)).encode()).hexdigest()


def _named(session: Session, scope: Scope, wish: TermWish) -> dict[str, Holder]:
    known: dict[str, Holder] = {}
    for name in set(wish.comers.values()):
        try:
            known[name] = holder_named(session, scope=scope, name=name)
        except HolderUnknownError:
            continue
    return known


def _row(term: _Term, room: Room, building: Building) -> TermRow:
    session, wish, tenancies, standing = (
        term.session,
        term.wish,
        term.tenancies[room.id],
        term.standing.get(room.id, []),
    )
    name = wish.comers.get(room.id, "")
    comer = term.known.get(name)
    now = next((each for each in tenancies if _covers(each, wish.last_day)), None)
    present = session.get(Holder, now.holder_id) if now else None
    why = _hindrance(wish, now, tenancies, comer)
    if name and comer is None:
        why = Hindrance.HOLDER_UNKNOWN
    fate = TermFate.REFUSED if why else _fate(now, comer)
    if now and fate in (TermFate.REPLACED, TermFate.EMPTIED):
        why = _money(session, wish, now, standing)
        fate = TermFate.REFUSED if why else fate
    return TermRow(room, building, now, present, comer, name, fate, why, standing)


def _covers(tenancy: Tenancy, day: date) -> bool:
    return tenancy.starts_on <= day and (tenancy.ends_on is None or tenancy.ends_on > day)


def _hindrance(
    wish: TermWish, now: Tenancy | None, tenancies: Sequence[Tenancy], comer: Holder | None
) -> Hindrance | None:
    if any(each.starts_on > wish.last_day for each in tenancies):
        return Hindrance.LET_AGAIN
    if now is None:
        return None if comer else Hindrance.NO_TENANCY
    if now.ends_on is None:
        return None
    if comer is None:
        return Hindrance.ALREADY_ENDS
    return Hindrance.LET_AGAIN if now.ends_on > wish.first_day else None


def _fate(now: Tenancy | None, comer: Holder | None) -> TermFate:
    if now is None or now.ends_on is not None:
        return TermFate.LET
    if comer is None:
        return TermFate.EMPTIED
    return TermFate.KEPT if comer.id == now.holder_id else TermFate.REPLACED


def _money(session: Session, wish: TermWish, now: Tenancy, standing: Sequence[Standing]) -> Hindrance | None:
    """Refuse while the one who leaves pays for a meter of the room and has credit, debt or payments there.

    Until the last day they may still pay: their account leaves the meter only afterwards.
    """
    for each in standing:
        if each.holder.id != now.holder_id:
            continue
        if each.under_way:
            return Hindrance.MONEY_UNDER_WAY
        if each.credit is None or each.age(session.clock.now()) > DAY:
            return Hindrance.CREDIT_UNKNOWN
        if each.credit:
            return Hindrance.CREDIT_LEFT
        if wish.last_day >= session.clock.now().astimezone(CHINA).date():
            return Hindrance.ACCOUNT_IN_USE
    return None
