"""Ask the database for the whole wall of a park, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, LiteralString

from backend.admin.wall.judging_rooms import Place, Said, stands_until, tile_of
from backend.admin.wall.tile import Tile
from backend.kernel.db import Session
from backend.metering.lines.pace import USUAL, Pace
from backend.metering.lines.silence import Medium, medium_of, silent_after
from backend.people.preferring import USUAL_LOW_CREDIT_FEN
from meter_bridge.profile import Profile
from meter_bridge.protocol import CreditUnit, SupplyState

Profiles = Mapping[str, Profile]

# By themselves, so that what they say is reckoned once and not for each room.
ONCE: LiteralString = """
WITH p AS MATERIALIZED (
    SELECT id, timezone(time_zone, %(now)s)::date AS today FROM park
    WHERE id = %(park_id)s AND organisation_id = %(organisation_id)s),
l AS MATERIALIZED (
    SELECT id, CASE WHEN leased_until > clock_timestamp() THEN gateway_answers END AS gateway_answers,
           (statistics['often_times'])::int AS often_times, (statistics['slot_times'])::int AS slot_times,
           (statistics['slot_seconds'])::int AS slot_seconds
    FROM line WHERE organisation_id = %(organisation_id)s)
"""
COLUMNS: LiteralString = """
r.id, r.number, b.id, b.name, r.floor, h.name,
m.number, m.profile, m.credit_unit, m.frozen_reason IS NOT NULL,
s.supply, s.read_at, CASE a.billing WHEN 'platform' THEN a.wallet_fen ELSE s.balance END,
a.billing = 'platform', l.gateway_answers, l.often_times, l.slot_times, l.slot_seconds
"""
TOLD: LiteralString = """
FROM p
JOIN building b ON b.park_id = p.id
JOIN room r ON r.building_id = b.id AND r.retired_at IS NULL
LEFT JOIN tenancy t ON t.room_id = r.id AND t.starts_on <= p.today AND (t.ends_on IS NULL OR t.ends_on > p.today)
LEFT JOIN holder h ON h.id = t.holder_id
LEFT JOIN meter m ON m.room_id = r.id AND m.state = 'active'
LEFT JOIN meter_status s ON s.meter_id = m.id
LEFT JOIN l ON l.id = m.line_id
LEFT JOIN account_meter am ON am.meter_id = m.id AND am.ended_at IS NULL
LEFT JOIN account a ON a.id = am.account_id
WHERE true
"""
ORDER: LiteralString = "ORDER BY b.name, b.id, r.level, r.floor, r.number, r.id, m.id"
# What is told bears its own mark: one of another instant would stand for what was never told.
MARK: LiteralString = f"hash_record_extended(ROW({COLUMNS}), 0) AS mark"
ROOMS: LiteralString = f"{ONCE} SELECT {COLUMNS}, {MARK} {TOLD} {ORDER}"
SOME_ROOMS: LiteralString = f"{ONCE} SELECT {COLUMNS}, {MARK} {TOLD} AND r.id = ANY(%(rooms)s) {ORDER}"
MARKS: LiteralString = f"{ONCE} SELECT r.id, {MARK} {TOLD} {ORDER}"
MANY = 0.25  # from this part of all rooms on, all are asked for
_ROOM, _PLACE, _PROFILE = itemgetter(0), 6, 7
SUPPLIES: Mapping[str | None, SupplyState | None] = {None: None, **{each.value: each for each in SupplyState}}
UNITS = {each.value: each for each in CreditUnit}


Rows = tuple[tuple[Any, ...], ...]
Marks = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A room as it was told, the tiles that makes, by medium, and until when (None: for ever) while nothing changes.

    marks: of each row that was told, by which the database tells whether it would tell the same.
    """

    told: Rows
    marks: Marks
    tiles: Mapping[Medium, Tile]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Wall:
    """The tiles of a park by medium, in their order, and the instant of the database they stand for."""

    at: datetime
    tiles: Mapping[Medium, Sequence[Tile]]
    judged: Mapping[int, Judged]


def wall_of(
    session: Session, *, organisation_id: int, park_id: int, profiles: Profiles, before: Wall | None = None
) -> Wall:
    """Return the wall of a park; water only where there is a water meter.

    before: as it was lately. Only rooms of which something else is told are asked for, and only they and those whose
    tile grew old are judged anew; of all others the very same tiles are returned.
    """
    at, now = session.database_now(), session.clock.now()
    asked = {"now": now, "park_id": park_id, "organisation_id": organisation_id}
    known = before.judged if before else {}
    marks = _marks(session, asked)
    stale = [room for room, mark in marks.items() if room not in known or known[room].marks != mark]
    fresh = _told(session, asked, stale, len(marks))
    media = {code: medium_of(profile) for code, profile in profiles.items()}
    judged: dict[int, Judged] = {}
    drawn: dict[Medium, list[Tile]] = {Medium.ELECTRICITY: []}
    for room in marks:
        last = known.get(room)
        if room in fresh:
            last = _judged(*fresh[room], media, profiles, now)
        elif last is None:
            continue  # it went between two statements
        elif last.until is not None and now >= last.until:
            last = _judged(last.told, last.marks, media, profiles, now)
        judged[room] = last
        for medium, tile in last.tiles.items():
            drawn.setdefault(medium, []).append(tile)
    return Wall(at, {medium: drawn[medium] for medium in Medium if medium in drawn}, judged)


def _marks(session: Session, asked: Mapping[str, object]) -> dict[int, Marks]:
    """Return the rooms in their order, with the marks of what would be told of them."""
    marks: dict[int, Marks] = {}
    for row in session.run_sql(MARKS, **asked):
        marks[row.id] = (*marks.get(row.id, ()), row.mark)
    return marks


def _told(
    session: Session, asked: Mapping[str, object], rooms: Sequence[int], all_rooms: int
) -> dict[int, tuple[Rows, Marks]]:
    """Return what is told of these rooms, and its marks."""
    if not rooms:
        return {}
    some = len(rooms) < MANY * all_rooms
    rows = session.run_sql(SOME_ROOMS, **asked, rooms=rooms) if some else session.run_sql(ROOMS, **asked)
    told = {room: tuple(group) for room, group in groupby(map(tuple, rows), key=_ROOM)}
    return {room: (tuple(row[:-1] for row in those), tuple(row[-1] for row in those)) for room, those in told.items()}


def _judged(told: Rows, marks: Marks, media: Mapping[str, Medium], profiles: Profiles, now: datetime) -> Judged:
    place: Place = told[0][:_PLACE]  # its first six columns
    said: dict[Medium, list[Said]] = {Medium.ELECTRICITY: []}  # where every room stands
    for row in told:
        if row[_PROFILE]:
            medium = media.get(row[_PROFILE], Medium.ELECTRICITY)
            said.setdefault(medium, []).append(_said(row, profiles))
    tiles = {
        medium: tile_of(place, those, now=now, low_fen=USUAL_LOW_CREDIT_FEN, medium=medium)
        for medium, those in said.items()
    }
    if len(said) > 1:
        tiles = {medium: replace(tile, others=_others(said, medium)) for medium, tile in tiles.items()}
    ends = [until for those in said.values() if (until := stands_until(those, now)) is not None]
    return Judged(told, marks, tiles, min(ends, default=None))


def _others(said: Mapping[Medium, Sequence[Said]], own: Medium) -> tuple[str, ...]:
    return tuple(one.number for medium, those in said.items() if medium is not own for one in those)


def _said(row: Any, profiles: Profiles) -> Said:
    _, _, _, _, _, _, number, profile, unit, frozen, supply, read_at, credit, platform, gateway, *told = row
    pace = Pace(*(usual if one is None else one for one, usual in zip(told, USUAL, strict=True)))
    silent = silent_after(profiles.get(profile), pace)
    known = CreditUnit.MONEY if platform else UNITS[unit]
    return Said(number, SUPPLIES[supply], credit, known, read_at, silent, gateway, frozen)
