"""Ask the database for the whole wall of a park, in one statement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, LiteralString

from backend.admin.wall.judging_rooms import Place, Said, tile_of
from backend.admin.wall.tile import Tile
from backend.kernel.db import Session
from backend.metering.silence import AT_LEAST, Medium, medium_of, silent_after
from backend.people.preferring import USUAL_LOW_CREDIT_FEN
from meter_bridge.profile import Profile
from meter_bridge.protocol import CreditUnit, SupplyState

Profiles = Mapping[str, Profile]

ROOMS: LiteralString = """
SELECT r.id, r.number, b.id, b.name, r.floor, h.name,
       m.number, m.profile, m.credit_unit, m.frozen_reason IS NOT NULL,
       s.supply, s.read_at, CASE a.billing WHEN 'platform' THEN a.wallet_fen ELSE s.balance END,
       a.billing = 'platform', CASE WHEN l.leased_until > clock_timestamp() THEN l.gateway_answers END
FROM (SELECT *, timezone(time_zone, %(now)s)::date AS today FROM park) p
JOIN building b ON b.park_id = p.id
JOIN room r ON r.building_id = b.id AND r.retired_at IS NULL
LEFT JOIN tenancy t ON t.room_id = r.id AND t.starts_on <= p.today AND (t.ends_on IS NULL OR t.ends_on > p.today)
LEFT JOIN holder h ON h.id = t.holder_id
LEFT JOIN meter m ON m.room_id = r.id AND m.state = 'active'
LEFT JOIN meter_status s ON s.meter_id = m.id
LEFT JOIN line l ON l.id = m.line_id
LEFT JOIN account_meter am ON am.meter_id = m.id AND am.ended_at IS NULL
LEFT JOIN account a ON a.id = am.account_id
WHERE p.id = %(park_id)s AND p.organisation_id = %(organisation_id)s
ORDER BY b.name, b.id, r.level, r.floor, r.number, r.id, m.id
"""
_PLACE, _PROFILE = 6, 7
SUPPLIES: Mapping[str | None, SupplyState | None] = {None: None, **{each.value: each for each in SupplyState}}
UNITS = {each.value: each for each in CreditUnit}


@dataclass(frozen=True, slots=True)
class Wall:
    """The tiles of a park by medium, in their order, and the instant of the database they stand for."""

    at: datetime
    tiles: Mapping[Medium, Sequence[Tile]]


def wall_of(session: Session, *, organisation_id: int, park_id: int, profiles: Profiles) -> Wall:
    """Return the wall of a park; water only where there is a water meter."""
    at, now = session.database_now(), session.clock.now()
    rows = session.run_sql(ROOMS, now=now, park_id=park_id, organisation_id=organisation_id).all()
    media = {code: medium_of(profile) for code, profile in profiles.items()}
    patience = {code: silent_after(profile) for code, profile in profiles.items()}
    there = {Medium.ELECTRICITY, *(media[row[_PROFILE]] for row in rows if row[_PROFILE] in media)}
    drawn = {
        medium: [tile_of(place, said, now=now, low_fen=USUAL_LOW_CREDIT_FEN) for place, said in rooms]
        for medium in Medium
        if medium in there
        for rooms in [_rooms(rows, medium, media, patience)]
    }
    return Wall(at, drawn)


def _rooms(
    rows: Sequence[Any], medium: Medium, media: Mapping[str, Medium], patience: Mapping[str, timedelta]
) -> Iterator[tuple[Place, list[Said]]]:
    """Yield each room with its meters of one medium; of a medium that is not electricity, only rooms that have one."""
    for _, group in groupby(rows, key=lambda row: row[0]):
        each = list(group)
        mine = [
            _said(row, patience.get(row[_PROFILE], AT_LEAST))
            for row in each
            if row[_PROFILE] is not None and media.get(row[_PROFILE], Medium.ELECTRICITY) is medium
        ]
        if mine or medium is Medium.ELECTRICITY:
            yield tuple(each[0][:_PLACE]), mine


def _said(row: Any, silent: timedelta) -> Said:
    _, _, _, _, _, _, number, _, unit, frozen, supply, read_at, credit, platform, gateway = row
    known = CreditUnit.MONEY if platform else UNITS[unit]
    return Said(number, SUPPLIES[supply], credit, known, read_at, silent, gateway, frozen)
