"""Take over what was planned, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backend.audit.recording import Actor, Change, record_many
from backend.estate.actions import EstateAction
from backend.estate.archive_models import Contact, Enterprise
from backend.estate.models import Building, Holder, HolderKind, Room, RoomKind, Tenancy
from backend.importing.checking import Fate, Row
from backend.importing.known import Known, Place
from backend.importing.layout import SheetKind
from backend.importing.planning import Sheets
from backend.importing.planning_meters import hung_as
from backend.kernel.db import Base, Session
from backend.metering.actions import MeteringAction
from backend.metering.models import Meter
from meter_bridge.profile import Profile


@dataclass(slots=True)
class Taking:
    """What is written, as it grows, by the names a workbook uses."""

    session: Session
    known: Known
    by: Actor
    holders: dict[str, Holder]
    rooms: dict[Place, Room]
    buildings: dict[tuple[str, str], Building]
    meters: dict[str, Meter]

    @property
    def owner(self) -> int:
        """The organisation."""
        return self.known.scope.organisation_id

    def add(self, *rows: Base) -> None:
        """Store new rows at the next flush."""
        self.session.add_all(rows)


def take_over(session: Session, *, sheets: Sheets, known: Known, profiles: Mapping[str, Profile], by: Actor) -> Taking:
    """Write every new and changed tenant, room and meter, and an audit entry for each; the plan has no errors."""
    known_things = (dict(known.holders), dict(known.rooms), dict(known.buildings), dict(known.meters))
    taking = Taking(session, known, by, *known_things)
    _take_holders(taking, sheets[SheetKind.HOLDERS])
    _take_rooms(taking, sheets[SheetKind.ROOMS])
    _take_meters(taking, sheets[SheetKind.METERS], profiles)
    return taking


def _take_holders(taking: Taking, rows: list[Row]) -> None:
    new = [row for row in rows if row.fate is Fate.NEW]
    for row in new:
        kind = row.values.get("kind", HolderKind.ENTERPRISE)
        taking.holders[row.values["name"]] = Holder(organisation_id=taking.owner, name=row.values["name"], kind=kind)
    taking.add(*(taking.holders[row.values["name"]] for row in new))
    taking.session.flush()
    for row in rows:
        if row.fate in (Fate.NEW, Fate.CHANGED):
            _keep_archive(taking, taking.holders[row.values["name"]], row)
    note(taking, EstateAction.HOLDER_ADDED, [(taking.holders[r.values["name"]], r, None) for r in new])
    changed = [row for row in rows if row.fate is Fate.CHANGED]
    note(taking, EstateAction.ARCHIVE_CHANGED, [(taking.holders[r.values["name"]], r, None) for r in changed])


def _keep_archive(taking: Taking, holder: Holder, row: Row) -> None:
    holder.kind = row.values.get("kind", holder.kind)
    if code := row.values.get("credit_code"):
        papers = taking.known.papers.get(holder.id) or Enterprise(organisation_id=taking.owner, holder_id=holder.id)
        papers.credit_code = code
        taking.add(papers)
    phone = row.values.get("phone")
    if phone and (holder.id, phone) not in taking.known.phones:
        name = row.values.get("contact", "")
        taking.add(Contact(organisation_id=taking.owner, holder_id=holder.id, name=name, phone=phone))


def _take_rooms(taking: Taking, rows: list[Row]) -> None:
    for row in rows:
        _find_building(taking, row)
    taking.session.flush()
    touched = [row for row in rows if row.fate in (Fate.NEW, Fate.CHANGED)]
    new = [row for row in touched if row.known_id is None]
    for row in touched:
        place = _place(row, "number")
        room = taking.rooms.get(place) or Room(
            organisation_id=taking.owner,
            building_id=taking.buildings[place[:2]].id,
            number=place[2],
            kind=RoomKind.OFFICE,
        )
        for name in ("floor", "area_dm2", "kind", "phase", "remark"):
            if name in row.values:
                setattr(room, name, row.values[name])
        taking.rooms[place] = room
    taking.add(*(taking.rooms[_place(row, "number")] for row in new))
    taking.session.flush()
    _let(taking, touched)
    note(taking, EstateAction.ROOM_ADDED, [_room_note(taking, row) for row in new])
    note(taking, EstateAction.ROOM_CHANGED, [_room_note(taking, row) for row in touched if row.known_id])


def _find_building(taking: Taking, row: Row) -> None:
    name = _place(row, "number")[:2]
    if name not in taking.buildings:
        park = taking.known.parks[name[0]]
        taking.buildings[name] = Building(organisation_id=taking.owner, park_id=park.id, name=name[1])
        taking.add(taking.buildings[name])


def _let(taking: Taking, rows: list[Row]) -> None:
    today = taking.session.clock.now().date()
    for row in rows:
        room = taking.rooms[_place(row, "number")]
        if "holder" in row.values and room.id not in taking.known.tenants:
            holder = taking.holders[row.values["holder"]]
            starts_on = row.values.get("starts_on", today)
            let = Tenancy(organisation_id=taking.owner, room_id=room.id, holder_id=holder.id, starts_on=starts_on)
            taking.add(let)
    taking.session.flush()


def _take_meters(taking: Taking, rows: list[Row], profiles: Mapping[str, Profile]) -> None:
    new = [(row, _meter(taking, row, profiles[row.values["profile"]])) for row in rows if row.fate is Fate.NEW]
    taking.add(*(meter for _, meter in new))
    taking.session.flush()
    taking.meters |= {meter.number: meter for _, meter in new}
    park_ids = {name: park.id for name, park in taking.known.parks.items()}
    notes = [(meter, row, park_ids[row.values["park"]]) for row, meter in new]
    note(taking, MeteringAction.METER_INSTALLED, notes)


def _meter(taking: Taking, row: Row, profile: Profile) -> Meter:
    line, _ = taking.known.lines[row.values["gateway"], row.values["port"]]
    return Meter(
        **hung_as(row, profile),
        organisation_id=taking.owner,
        reference=taking.session.entropy.reference(),
        number=row.values["number"],
        serial=row.values["serial"],
        room_id=taking.rooms[_place(row, "room")].id,
        line_id=line.id,
        unit=row.values["unit"],
        profile=profile.code,
        capability=profile.money.capability,
        credit_unit=profile.money.credit_unit,
    )


def _room_note(taking: Taking, row: Row) -> tuple[Room, Row, int | None]:
    return taking.rooms[_place(row, "number")], row, taking.known.parks[row.values["park"]].id


def note(taking: Taking, action: StrEnum, done: list[Any]) -> None:
    """Keep an audit entry for each row that was taken over. done: the stored row, the row of the sheet, its park."""
    changes = [
        Change(
            subject,
            before={name: old for name, (old, _) in row.changes.items()} or None,
            after={name: new for name, (_, new) in row.changes.items()} or dict(row.values),
            park_id=park_id,
        )
        for subject, row, park_id in done
    ]
    record_many(taking.session, by=taking.by, action=action, changes=changes)


def _place(row: Row, number: str) -> Place:
    return row.values["park"], row.values["building"], row.values[number]
