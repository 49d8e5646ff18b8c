"""Registers that cannot be true are held with their evidence, estimated around, and settled by staff."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from backend.audit.models import AuditEntry
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.history.freezing_registers import freeze_registers
from backend.metering.history.held_models import HeldReading, Settlement
from backend.metering.history.models import HourRegister, Reading
from backend.metering.history.settling import (
    NotSettledSoError,
    accept_held,
    count_held,
    drop_held,
    held_of,
    held_reading,
    replace_held,
)
from backend.metering.models import Meter, MeterStatus
from backend.runtime import Runtime
from meter_bridge import protocol
from meter_bridge.protocol import Evidence
from tests.flows.bridge_world import BridgeWorld, SpokenBridge, make_world, message, said
from tests.flows.staff_world import TESTER


@pytest.fixture
def bridges(runtime: Runtime) -> BridgeWorld:
    return make_world(runtime)


@pytest.fixture
def bridge(bridges: BridgeWorld) -> SpokenBridge:
    return bridges.holding()


class Story:
    """A meter that says things, and staff who settle them."""

    def __init__(self, bridges: BridgeWorld, bridge: SpokenBridge) -> None:
        self.bridges, self.bridge, self.meter = bridges, bridge, bridges.counting
        self.scope = Scope(self.meter.organisation_id)

    def tell(self, *evidence: Evidence) -> int:
        """Hand over readings; returns how many were new."""
        readings = [protocol.Reading(meter=self.meter.reference, evidence=one) for one in evidence]
        told = protocol.ReadingsRequest(instance=self.bridge.instance, readings=readings)
        return message(protocol.ReadingsReply, self.bridge.post("readings", told)).stored

    def at(self, minutes: float, wh: int | None, **more: Any) -> Evidence:
        """Return what the meter says so many minutes after the start."""
        return said(self.meter, at=minutes * 60, energy_wh=wh, **more)

    def rows(self, kind: type[Any], order: Any) -> list[Any]:
        """Return rows of the meter."""
        found = select(kind).filter_by(meter_id=self.meter.id).order_by(order)
        return list(self.bridges.run(lambda s: s.scalars(found).all()))

    def registers(self) -> list[int | None]:
        """Return what is counted, in order of time."""
        return [row.energy_wh for row in self.rows(Reading, Reading.read_at)]

    def held(self) -> list[HeldReading]:
        """Return what was ever held."""
        return self.rows(HeldReading, HeldReading.read_at)

    def status(self) -> MeterStatus:
        """Return the newest of what it said."""
        found: MeterStatus = self.rows(MeterStatus, MeterStatus.id)[0]
        return found


@pytest.fixture
def story(bridges: BridgeWorld, bridge: SpokenBridge) -> Story:
    return Story(bridges, bridge)


def test_what_ran_backwards_is_held_and_its_credit_is_believed(story: Story) -> None:
    story.tell(story.at(0, 5000))
    assert story.tell(story.at(15, 4000, balance=700)) == 1
    [held] = story.held()
    assert (held.doubt.value, held.evidence["energy_wh"], (held.before or {})["energy_wh"]) == (
        "ran_backwards",
        4000,
        5000,
    )
    assert story.registers() == [5000, None]
    assert (story.status().energy_wh, story.status().balance) == (5000, 700)
    assert story.bridges.topics() == ["reading_held"]


def test_told_twice_it_is_held_once_and_one_alarm_stands_for_a_case(story: Story) -> None:
    story.tell(story.at(0, 5000))
    jump = [story.at(minutes, 9_000_000 + int(minutes)) for minutes in (15, 30, 45)]
    story.tell(*jump)
    story.tell(*jump)
    assert [held.doubt.value for held in story.held()] == ["jumped"] * 3
    assert story.bridges.topics() == ["reading_held"]
    assert story.bridges.run(lambda s: count_held(s, scope=story.scope)) == 1


def test_a_late_reading_is_compared_with_both_its_neighbours(story: Story) -> None:
    story.tell(story.at(0, 1000), story.at(60, 1200))
    story.tell(story.at(30, 1300))
    assert [held.doubt.value for held in story.held()] == ["ran_backwards"]
    story.tell(story.at(45, 1100))
    assert story.registers() == [1000, None, 1100, 1200]


def test_borders_are_estimated_around_what_is_held(story: Story) -> None:
    story.tell(story.at(0, 1000), story.at(50, 900_000_000), story.at(110, 1110))
    story.bridges.run(lambda s: freeze_registers(s, most=10))
    hours = story.rows(HourRegister, HourRegister.at)
    assert all(1000 < row.energy_wh < 1110 and row.gap_s == 110 * 60 for row in hours)
    assert hours


def test_what_is_accepted_counts_and_freezes_the_borders_anew(story: Story) -> None:
    story.tell(story.at(0, 1000), story.at(50, 900_000_000), story.at(110, 900_000_100))
    assert [held.doubt.value for held in story.held()] == ["jumped", "jumped"]
    settled = story.bridges.run(
        lambda s: accept_held(s, scope=story.scope, meter_id=story.meter.id, reason="new meter head", by=TESTER)
    )
    story.bridges.run(lambda s: freeze_registers(s, most=10))
    assert (settled, story.registers()) == (2, [1000, 900_000_000, 900_000_100])
    assert story.status().energy_wh == 900_000_100
    assert {held.settlement for held in story.held()} == {Settlement.ACCEPTED}
    assert story.rows(HourRegister, HourRegister.at)[-1].energy_wh > 900_000_000
    [entry] = story.bridges.run(lambda s: s.scalars(select(AuditEntry)).all())
    assert (entry.action, entry.reason) == ("readings_settled", "new meter head")
    assert story.tell(story.at(125, 900_000_200)) == 1
    assert story.registers()[-1] == 900_000_200


def test_what_is_dropped_stays_out_for_ever(story: Story) -> None:
    glitch = story.at(15, 4)
    story.tell(story.at(0, 1000), glitch, story.at(30, 1010))
    story.bridges.run(lambda s: drop_held(s, scope=story.scope, meter_id=story.meter.id, reason="noise", by=TESTER))
    assert story.tell(glitch) == 0
    assert (story.registers(), story.bridges.run(lambda s: count_held(s, scope=story.scope))) == ([1000, None, 1010], 0)


def test_a_value_that_a_person_read_takes_its_place(story: Story) -> None:
    story.tell(story.at(0, 1000), story.at(15, 4), story.at(20, 5))
    first = story.held()[0]
    story.bridges.run(
        lambda s: replace_held(
            s,
            held=held_reading(s, scope=story.scope, held_id=first.id),
            shown_wh=1004,
            reason="display",
            by=TESTER,
        )
    )
    assert story.registers() == [1000, 1004, None]
    assert [held.settlement for held in story.held()] == [Settlement.REPLACED, None]


def test_another_meter_and_the_future_are_held_and_never_counted(story: Story, bridges: BridgeWorld) -> None:
    ahead = bridges.runtime.clock.now() + timedelta(minutes=30) - said(story.meter).read_at
    story.tell(story.at(0, 1000), said(story.meter, at=ahead.total_seconds(), energy_wh=1001))
    story.tell(story.at(15, 70, serial="999"))
    assert [held.doubt.value for held in story.held()] == ["foreign_serial", "from_the_future"]
    with pytest.raises(NotSettledSoError):
        bridges.run(lambda s: accept_held(s, scope=story.scope, meter_id=story.meter.id, reason="x", by=TESTER))
    assert story.registers() == [1000]


def test_staff_of_another_park_or_company_settle_nothing(story: Story, bridges: BridgeWorld) -> None:
    story.tell(story.at(0, 1000), story.at(15, 4))
    own: Meter = story.meter
    for scope in (Scope(own.organisation_id, frozenset({999})), Scope(own.organisation_id + 1)):
        assert list(bridges.run(partial(held_of, scope=scope, most=5))) == []
        with pytest.raises(NotFoundError):
            bridges.run(partial(drop_held, scope=scope, meter_id=own.id, reason="x", by=TESTER))
