"""Staff keep the estate: rooms, tenants and their papers; what changes leaves its history."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import pytest

from backend.audit.queries import entries_of
from backend.estate.errors import (
    NameTakenError,
    PartsDoNotFitError,
    RoomInUseError,
    RoomOccupiedError,
    RoomRetiredError,
    RoomTakenError,
)
from backend.estate.holder_errors import ContactExistsError, CreditCodeTakenError, CreditCodeUnfitError, DatesUnfitError
from backend.estate.holders import (
    Papers,
    add_contact,
    keep_papers,
    register_holder,
    remove_contact,
    rename_holder,
)
from backend.estate.models import HolderKind, Room, RoomKind, RoomPhase
from backend.estate.places import erect_building, open_park, rename_building, rename_park
from backend.estate.queries import (
    RoomFilter,
    buildings_seen,
    count_rooms,
    floors_of,
    holder_story,
    holders_seen,
    parks_seen,
    room_story,
    rooms_seen,
)
from backend.estate.rooms import RoomWords, change_room, furnish_room, move_room
from backend.estate.splitting import merge_rooms, split_room
from backend.estate.tenancies import begin_tenancy, end_tenancy
from backend.kernel.db import Database
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.lifecycle.rebuilding import merge_with_meters, retire_empty, split_with_meters
from backend.metering.field.rehanging import meters_of_room
from backend.metering.groups.grouping import groups_seen, make_group, meters_of_group, put_in_group, take_from_group
from backend.runtime import Runtime
from tests import park
from tests.flows.staff_world import TESTER, open_office
from tests.park import KnownPark

DAY = date(2026, 1, 1)
LATER = date(2026, 7, 1)
NOW = date(2026, 11, 1)
CODE = "91110000802100433B"


@dataclass
class Desk:
    """Where a member of staff works: a database and a scope; `do` is one action in its own transaction."""

    database: Database
    scope: Scope

    def do(self, service: Any, **words: Any) -> Any:
        """Do something as staff do."""
        return self.database.run(partial(service, scope=self.scope, by=TESTER, **words))

    def see(self, query: Any, **words: Any) -> Any:
        """Ask for something as staff do."""
        return self.database.run(partial(query, scope=self.scope, **words))

    def narrowed(self, *park_ids: int) -> "Desk":
        """Return the desk of somebody who works for some parks only."""
        return replace(self, scope=Scope(self.scope.organisation_id, frozenset(park_ids)))

    def room(self, building_id: int, number: str, **words: Any) -> Room:
        """Add a room."""
        told = RoomWords(**{"floor": number[0], "number": number, **words})
        room: Room = self.do(furnish_room, building_id=building_id, words=told)
        return room

    def actions(self, subject: Any) -> list[str]:
        """Return what was done to a thing, the oldest first."""
        return [entry.action for entry in reversed(self.see(entries_of, subject=subject))]


@pytest.fixture
def desk(runtime: Runtime) -> Desk:
    """The desk of who sees a whole organisation with two parks."""
    office = open_office(runtime)
    return Desk(office.runtime.database.within(office.organisation.id), Scope(office.organisation.id))


@pytest.fixture
def building(desk: Desk) -> int:
    """A building of the first park."""
    number: int = desk.do(erect_building, park_id=desk.see(parks_seen)[0].id, name="A").id
    return number


@pytest.fixture
def whale(desk: Desk) -> int:
    """An enterprise."""
    number: int = desk.do(register_holder, name="Blue Whale", kind=HolderKind.ENTERPRISE).id
    return number


def test_parks_and_buildings_are_added_and_renamed_and_names_are_unique(desk: Desk, building: int) -> None:
    east = desk.see(parks_seen)[0]
    for taken in (
        partial(desk.do, open_park, name="east"),
        partial(desk.do, rename_park, park_id=desk.see(parks_seen)[1].id, name="east"),
        partial(desk.do, erect_building, park_id=east.id, name="A"),
    ):
        with pytest.raises(NameTakenError):
            taken()
    north = desk.do(open_park, name="north")
    assert [p.name for p in desk.see(parks_seen)] == ["east", "north", "west"]
    renamed = desk.do(rename_building, building_id=building, name="Tower")
    assert [b.name for b in desk.see(buildings_seen, park_id=east.id)] == ["Tower"]
    assert (desk.actions(north), desk.actions(renamed)) == (["park_added"], ["building_added", "building_renamed"])


def test_rooms_are_described_counted_and_found(desk: Desk, building: int, whale: int) -> None:
    words = {"kind": RoomKind.SHOP, "phase": RoomPhase.THREE_PHASE, "remark": "corner"}
    shop = desk.room(building, "101", area_dm2=12_050, floor="1", **words)
    desk.room(building, "B01", floor="B1", area_dm2=3_000)
    desk.room(building, "1001", floor="10")
    desk.do(begin_tenancy, room_id=shop.id, holder_id=whale, starts_on=DAY)
    assert desk.see(floors_of, building_id=building) == ["B1", "1", "10"]
    everything = desk.see(rooms_seen, wanted=RoomFilter())
    assert [(sight.room.number, sight.holder and sight.holder.name) for sight in everything] == [
        ("B01", None),
        ("101", "Blue Whale"),
        ("1001", None),
    ]
    assert desk.see(count_rooms, wanted=RoomFilter(building_id=building)) == (3, 15_050)
    for wanted in (
        RoomFilter(kind=RoomKind.SHOP),
        RoomFilter(text="Whale"),
        RoomFilter(held=True),
        RoomFilter(floor="1"),
    ):
        assert [sight.room.id for sight in desk.see(rooms_seen, wanted=wanted)] == [shop.id]
    assert desk.see(rooms_seen, wanted=RoomFilter(text="%")) == []
    with pytest.raises(RoomTakenError):
        desk.room(building, "101")


def test_a_room_is_renamed_moved_and_retired_and_its_history_stays(desk: Desk, building: int, whale: int) -> None:
    other = desk.do(erect_building, park_id=desk.see(parks_seen)[0].id, name="B").id
    away = desk.do(erect_building, park_id=desk.see(parks_seen)[1].id, name="C").id
    room = desk.room(building, "301")
    desk.room(other, "303")
    desk.do(change_room, room_id=room.id, words=RoomWords("3", "303", 100))
    desk.do(change_room, room_id=room.id, words=RoomWords("3", "303", 100))  # nothing new: nothing to tell
    with pytest.raises(RoomTakenError):
        desk.do(move_room, room_id=room.id, building_id=other, floor="3")
    with pytest.raises(NotFoundError):
        desk.do(move_room, room_id=room.id, building_id=away, floor="3")
    desk.do(change_room, room_id=room.id, words=RoomWords("3", "305"))
    desk.do(move_room, room_id=room.id, building_id=other, floor="4")
    tenancy = desk.do(begin_tenancy, room_id=room.id, holder_id=whale, starts_on=DAY)
    with pytest.raises(RoomInUseError):
        desk.do(retire_empty, room_id=room.id, reason="torn down")
    desk.do(end_tenancy, tenancy_id=tenancy.id, ends_on=LATER, reason="moved out")
    desk.do(retire_empty, room_id=room.id, reason="torn down")
    for change in (change_room, retire_empty):
        words: dict[str, Any] = {"words": RoomWords("1", "1")} if change is change_room else {"reason": ""}
        with pytest.raises(RoomRetiredError):
            desk.do(change, room_id=room.id, **words)
    assert desk.room(other, "305").id != room.id  # the number is free again
    story = desk.see(room_story, room_id=room.id)
    assert [(t.holder_id, t.starts_on, t.ends_on) for t in story.tenancies] == [(whale, DAY, LATER)]
    assert desk.actions(room) == [
        *("room_added", "room_changed", "room_changed", "room_moved"),
        *("tenancy_begun", "tenancy_ended", "room_retired"),
    ]


def test_a_split_room_becomes_parts_whose_areas_add_up_and_the_tenant_stays(
    desk: Desk, building: int, whale: int
) -> None:
    room = desk.room(building, "301", area_dm2=10_000)
    desk.do(begin_tenancy, room_id=room.id, holder_id=whale, starts_on=DAY)
    one, two = RoomWords("3", "301", 6_000), RoomWords("3", "301A", 4_000)
    for parts in ([one], [one, replace(two, area_dm2=4_001)]):
        with pytest.raises(PartsDoNotFitError):
            desk.do(split_room, room_id=room.id, parts=parts, on=LATER)
    new = desk.do(split_room, room_id=room.id, parts=[one, two], on=LATER)
    old, fresh = desk.see(room_story, room_id=room.id), desk.see(room_story, room_id=new[1].id)
    assert [r.number for r in old.became] == ["301", "301A"]
    assert [(t.holder_id, t.starts_on, t.ends_on) for t in old.tenancies] == [(whale, DAY, LATER)]
    assert [r.id for r in fresh.came_from] == [room.id]
    assert [(t.holder_id, t.starts_on, t.ends_on) for t in fresh.tenancies] == [(whale, LATER, None)]
    again = desk.do(merge_rooms, room_ids=[r.id for r in new], whole=RoomWords("3", "301", 10_000), on=LATER)
    assert [t.starts_on for t in desk.see(room_story, room_id=again.id).tenancies] == [LATER]
    assert desk.see(room_story, room_id=new[0].id).tenancies == []  # it was held for no day


def test_rooms_of_two_tenants_or_two_buildings_do_not_become_one(desk: Desk, building: int, whale: int) -> None:
    other = desk.do(erect_building, park_id=desk.see(parks_seen)[0].id, name="B").id
    held, empty, far = desk.room(building, "1"), desk.room(building, "2"), desk.room(other, "3")
    desk.do(begin_tenancy, room_id=held.id, holder_id=whale, starts_on=DAY)
    for pair in ([held.id, empty.id], [empty.id, far.id], [empty.id, empty.id]):
        with pytest.raises(PartsDoNotFitError):
            desk.do(merge_rooms, room_ids=pair, whole=RoomWords("1", "9"), on=LATER)


def test_no_two_hold_a_room_at_once_however_they_are_entered(desk: Desk, building: int, whale: int) -> None:
    room = desk.room(building, "1")
    begin = partial(desk.do, begin_tenancy, room_id=room.id, holder_id=whale)
    first = begin(starts_on=DAY, ends_on=LATER)
    for starts_on, ends_on in ((date(2026, 6, 30), None), (date(2025, 1, 1), date(2026, 1, 2)), (DAY, LATER)):
        with pytest.raises(RoomOccupiedError):
            begin(starts_on=starts_on, ends_on=ends_on)
    with pytest.raises(DatesUnfitError):
        begin(starts_on=LATER, ends_on=LATER)
    second = begin(starts_on=LATER)
    with pytest.raises(RoomOccupiedError):
        desk.do(end_tenancy, tenancy_id=first.id, ends_on=NOW, reason="longer")
    with pytest.raises(DatesUnfitError):
        desk.do(end_tenancy, tenancy_id=second.id, ends_on=LATER, reason="shorter")

    def at_once(_: int) -> bool:
        try:
            begin(starts_on=date(2025, 1, 1), ends_on=DAY)
        except RoomOccupiedError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(at_once, range(4))) == 1


def test_an_enterprise_has_papers_that_fit_and_contacts_one_can_call(desk: Desk, whale: int) -> None:
    other = desk.do(register_holder, name="Red Panda", kind=HolderKind.ENTERPRISE).id
    papers = Papers(credit_code="9111 0000 8021 0043 3b", invoice_title="Blue Whale Ltd", bank_account="6222")
    with pytest.raises(CreditCodeUnfitError):
        desk.do(keep_papers, holder_id=whale, papers=replace(papers, credit_code="91110000802100433A"))
    desk.do(keep_papers, holder_id=whale, papers=papers)
    desk.do(keep_papers, holder_id=whale, papers=replace(papers, bank="ICBC"))
    with pytest.raises(CreditCodeTakenError, match="Blue Whale"):
        desk.do(keep_papers, holder_id=other, papers=papers)
    contact = desk.do(add_contact, holder_id=whale, name="Wang", phone="138-1234-5678", duty="finance")
    with pytest.raises(ContactExistsError):
        desk.do(add_contact, holder_id=whale, name="Wang again", phone="+86 13812345678")
    story = desk.see(holder_story, holder_id=whale)
    assert (story.papers.credit_code, story.papers.bank, [c.phone for c in story.contacts]) == (
        CODE,
        "ICBC",
        ["13812345678"],
    )
    assert [h.id for h in desk.see(holders_seen, text=CODE.lower())] == [whale]
    desk.do(remove_contact, contact_id=contact.id)
    with pytest.raises(NameTakenError):
        desk.do(rename_holder, holder_id=other, name="Blue Whale")
    told = desk.see(entries_of, subject=story.holder)
    assert "6222" not in str([(e.before, e.after) for e in told])
    assert "13812345678" not in str([(e.before, e.after) for e in told])


def test_who_works_for_one_park_neither_sees_nor_changes_another(desk: Desk, building: int, whale: int) -> None:
    east, west = desk.see(parks_seen)
    room = desk.room(building, "1")
    tenancy = desk.do(begin_tenancy, room_id=room.id, holder_id=whale, starts_on=DAY)
    there = desk.narrowed(west.id)
    assert [p.id for p in there.see(parks_seen)] == [west.id]
    assert there.see(rooms_seen, wanted=RoomFilter()) == there.see(buildings_seen) == there.see(holders_seen) == []
    for service, words in (
        (open_park, {"name": "x"}),
        (rename_park, {"park_id": east.id, "name": "x"}),
        (erect_building, {"park_id": east.id, "name": "x"}),
        (rename_building, {"building_id": building, "name": "x"}),
        (change_room, {"room_id": room.id, "words": RoomWords("1", "2")}),
        (end_tenancy, {"tenancy_id": tenancy.id, "ends_on": LATER, "reason": ""}),
        (rename_holder, {"holder_id": whale, "name": "x"}),
        (make_group, {"name": "x", "park_id": east.id}),
    ):
        with pytest.raises(NotFoundError):
            there.do(service, **words)
    with pytest.raises(NotFoundError):
        there.see(room_story, room_id=room.id)
    here = desk.narrowed(east.id)
    assert [h.id for h in here.see(holders_seen)] == [whale]
    assert here.see(holder_story, holder_id=whale).rooms[0].room.id == room.id


@pytest.fixture
def known(runtime: Runtime) -> tuple[Desk, KnownPark]:
    """The known park with its meters, and the desk of who runs it."""
    there = park.build(runtime)
    return Desk(runtime.database.within(there.organisation.id), Scope(there.organisation.id)), there


def test_meters_go_with_the_room_they_are_in(known: tuple[Desk, KnownPark]) -> None:
    desk, there = known
    meter = there.counting.meter
    parts = [RoomWords("1", "101"), RoomWords("1", "101A")]
    with pytest.raises(RoomInUseError):
        desk.do(retire_empty, room_id=meter.room_id, reason="")
    for wrong in ({}, {meter.id: 2}):
        with pytest.raises(PartsDoNotFitError):
            desk.do(split_with_meters, room_id=meter.room_id, parts=parts, meters=wrong, on=NOW)
    rooms = desk.do(split_with_meters, room_id=meter.room_id, parts=parts, meters={meter.id: 1}, on=NOW)
    found = [[m.id for m in desk.database.run(partial(meters_of_room, room_id=r.id))] for r in rooms]
    assert found == [[], [meter.id]]
    whole = desk.do(merge_with_meters, room_ids=[r.id for r in rooms], whole=RoomWords("1", "100"), on=NOW)
    assert [m.id for m in desk.database.run(partial(meters_of_room, room_id=whole.id))] == [meter.id]
    assert desk.actions(meter) == ["meter_rehung", "meter_rehung"]


def test_meters_are_grouped_inside_ones_own_parks(known: tuple[Desk, KnownPark], runtime: Runtime) -> None:
    desk, there = known
    group = desk.do(make_group, name="shops", park_id=there.park.id)
    with pytest.raises(NameTakenError):
        desk.do(make_group, name="shops", park_id=None)
    both = [there.counting.meter.id, there.blind.meter.id]
    assert [desk.do(put_in_group, group_id=group.id, meter_ids=both) for _ in range(2)] == [2, 0]
    foreign = park.build(runtime, name="Dora's park").counting.meter.id
    with pytest.raises(NotFoundError):
        desk.do(put_in_group, group_id=group.id, meter_ids=[foreign])
    desk.do(take_from_group, group_id=group.id, meter_ids=[both[0]])
    assert [m.id for m in desk.see(meters_of_group, group_id=group.id)] == [both[1]]
    assert [g.name for g in desk.see(groups_seen)] == ["shops"]
    assert desk.narrowed(there.park.id + 1).see(groups_seen) == []
