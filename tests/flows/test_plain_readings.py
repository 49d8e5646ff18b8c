"""What is stored at once, because it is plainly right, comes to the same as what is looked at closely."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from backend.kernel.db import Session
from backend.metering.history import staging, storing
from backend.metering.history.freezing_registers import freeze_registers
from backend.metering.history.held_models import HeldReading
from backend.metering.history.models import HourRegister, Reading, RegisterDue, SupplyChange
from backend.metering.history.newest import alone
from backend.metering.models import Meter, MeterStatus
from backend.metering.statuses import Said, note
from backend.runtime import Runtime
from meter_bridge import protocol
from meter_bridge.protocol import REGISTERS, Evidence, SupplyState
from tests.flows.bridge_world import START, BridgeWorld, SpokenBridge, make_world, message, said

KEPT = (Reading, HourRegister, SupplyChange, RegisterDue, HeldReading, MeterStatus)
TOLD = ("balance", "purchase_count", "supply", *REGISTERS)
POLLED = ("polled_energy_wh", "polled_supply", "polled_supply_at")
STATUS = ("read_at", "counted_at", "kept_supplied", *TOLD, *POLLED)


class Twins:
    """Two meters of one model that say the same; the second tells its clock each time, and is looked at closely."""

    def __init__(self, runtime: Runtime) -> None:
        self.world: BridgeWorld = make_world(runtime)
        self.bridge: SpokenBridge = self.world.holding()
        self.plain, self.clocked = self.world.park.counting.meter, self.world.park.other.meter

    def tell(self, *told: Evidence) -> tuple[int, int]:
        """Hand over a batch of each twin's readings; returns how many were new."""
        return self._tell(self.plain, told, clocked=False), self._tell(self.clocked, told, clocked=True)

    def _tell(self, meter: Meter, told: Sequence[Evidence], *, clocked: bool) -> int:
        more = ({"serial": meter.serial, "clock": one.read_at if clocked else None} for one in told)
        each = [one.model_copy(update=own) for one, own in zip(told, more, strict=True)]
        readings = [protocol.Reading(meter=meter.reference, evidence=one) for one in each]
        asked = protocol.ReadingsRequest(instance=self.bridge.instance, readings=readings)
        return message(protocol.ReadingsReply, self.bridge.post("readings", asked)).stored

    def read_back(self, told: Evidence) -> None:
        """Let a command have read the same of both."""
        for meter in (self.plain, self.clocked):
            self.world.run(partial(note, organisation_id=meter.organisation_id, said=Said(meter.id, told)))

    def known(self, meter: Meter) -> dict[str, Any]:
        """Return all that is kept of a twin."""

        def look(session: Session) -> dict[str, Any]:
            rows = {kind: session.scalars(select(kind).filter_by(meter_id=meter.id)).all() for kind in KEPT}
            named = {
                Reading: ("read_at", *TOLD),
                HourRegister: ("at", "gap_s", *REGISTERS),
                SupplyChange: ("at", "supply"),
                RegisterDue: ("since", "until"),
                HeldReading: ("read_at", "doubt"),
                MeterStatus: STATUS,
            }
            return {
                kind.__name__: sorted(tuple(str(getattr(row, name)) for name in named[kind]) for row in those)
                for kind, those in rows.items()
            }

        found: dict[str, Any] = self.world.run(look)
        return found

    def forget(self) -> None:
        """Let neither have said anything."""

        def forget(session: Session) -> None:
            for kind in KEPT:
                session.execute(delete(kind))

        self.world.run(forget)


@pytest.fixture(params=[staging.FEW, 0], ids=["told along", "staged"])
def twins(runtime: Runtime, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Twins:
    monkeypatch.setattr(staging, "FEW", request.param)
    return Twins(runtime)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 100_000))
def test_a_meter_told_plainly_is_known_as_one_that_is_looked_at_closely(twins: Twins, seed: int) -> None:
    twins.forget()
    chance, minute, register = Random(seed), 0.0, 1000
    for _ in range(chance.randint(3, 9)):
        batch = []
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            minute += chance.choice((-90, 0.5, 1, 15, 15, 60, 500))
            register += chance.choice((-400, 0, 10, 200, 200, 900, 10_000_000))
            batch.append(_poll(chance, minute, register))
        chance.shuffle(batch)
        assert len(set(twins.tell(*batch))) == 1
        if chance.random() < 0.3:
            twins.read_back(_poll(chance, minute, register + chance.choice((-4000, 0, 10, 10_000_000))))
        if chance.random() < 0.3:
            twins.world.run(lambda session: freeze_registers(session, most=10))
        assert twins.known(twins.plain) == twins.known(twins.clocked)


def _poll(chance: Random, minute: float, register: int) -> Evidence:
    counted: dict[str, int] = {}
    if chance.random() < 0.8:
        counted = {"energy_wh": register}
        counted |= {"peak_wh": register // 2, "valley_wh": register // 3} if chance.random() < 0.5 else {}
    return Evidence(
        read_at=START + timedelta(minutes=minute),
        balance=chance.choice((None, 900, 800)),
        purchase_count=chance.choice((None, 1)),
        supply=chance.choice((SupplyState.CLOSED, SupplyState.CLOSED, SupplyState.OPEN, None)),
        kept_supplied=chance.choice((None, False)),
        **counted,
    )


def test_ordinary_readings_are_stored_without_a_closer_look(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def keep(*told: Any, **more: Any) -> int:
        looks.append(1)
        return storing.store_readings(*told, **more)

    monkeypatch.setattr("backend.metering.doubted.store_readings", keep)
    for minute in range(0, 120, 15):
        twins.bridge.post("readings", _asked(twins, said(twins.plain, at=60 * minute, energy_wh=1000 + minute)))
    assert len(looks) == 1  # the first one, before which nothing is known
    assert len(twins.known(twins.plain)["Reading"]) == 8


def _asked(twins: Twins, told: Evidence) -> protocol.ReadingsRequest:
    reading = protocol.Reading(meter=twins.plain.reference, evidence=told)
    return protocol.ReadingsRequest(instance=twins.bridge.instance, readings=[reading])


def test_each_value_is_the_newest_that_was_told_also_by_an_earlier_reading_of_a_batch(twins: Twins) -> None:
    first = said(twins.plain, balance=500, energy_wh=1000)
    then = said(twins.plain, balance=None, at=60, energy_wh=None, kept_supplied=True)
    twins.tell(first, then)
    (status,) = twins.known(twins.plain)["MeterStatus"]
    assert status[:5] == (str(then.read_at), str(first.read_at), "True", "500", "0")


def test_registers_that_come_late_are_the_newest_if_no_newer_ones_are_known(twins: Twins) -> None:
    first, then = said(twins.plain, energy_wh=1000), said(twins.plain, balance=700, at=300)
    for one in (first, then, said(twins.plain, balance=900, at=120, energy_wh=1010)):
        twins.tell(one)
    for twin in (twins.plain, twins.clocked):
        (status,) = twins.known(twin)["MeterStatus"]
        late = first.read_at + timedelta(minutes=2)
        assert (status[0], status[1], status[3], status[6]) == (str(then.read_at), str(late), "700", "1010")


def test_another_meters_serial_is_seen_also_where_all_else_is_right(twins: Twins) -> None:
    twins.tell(said(twins.plain, energy_wh=1000))
    foreign = said(twins.plain, at=60, energy_wh=1001, serial="999")
    assert message(protocol.ReadingsReply, twins.bridge.post("readings", _asked(twins, foreign))).stored == 0
    assert twins.world.fresh(twins.plain).frozen_reason == "foreign_serial"
    assert [row[1] for row in twins.known(twins.plain)["HeldReading"]] == ["foreign_serial"]


def test_a_reading_from_the_future_is_held_also_where_all_else_is_right(twins: Twins) -> None:
    now = (twins.world.runtime.clock.now() - START).total_seconds()
    twins.tell(said(twins.plain, at=now - 60, energy_wh=1000))
    assert twins.tell(said(twins.plain, at=now + 600, energy_wh=1001)) == (0, 0)
    assert [row[1] for row in twins.known(twins.plain)["HeldReading"]] == ["from_the_future"]


def test_a_late_supply_takes_no_newer_registers_back(twins: Twins) -> None:
    twins.tell(said(twins.plain, energy_wh=1000))
    twins.tell(said(twins.plain, at=300, energy_wh=1050, supply=None))
    twins.tell(said(twins.plain, at=120, energy_wh=1020, supply=SupplyState.OPEN))
    for twin in (twins.plain, twins.clocked):
        (status,) = twins.known(twin)["MeterStatus"]
        assert (status[6], status[-2]) == ("1050", "open")


def test_a_step_back_is_seen_also_while_a_clock_was_ahead(twins: Twins) -> None:
    now = (twins.world.runtime.clock.now() - START).total_seconds()
    twins.tell(said(twins.plain, at=now - 600, energy_wh=1000))
    twins.tell(said(twins.plain, at=now + 200, energy_wh=1100))
    twins.tell(said(twins.plain, at=now - 120, energy_wh=1010))
    twins.tell(said(twins.plain, at=now - 60, energy_wh=1200))
    assert twins.known(twins.plain) == twins.known(twins.clocked)
    assert [row[1] for row in twins.known(twins.plain)["HeldReading"]] == ["ran_backwards"]


def test_a_connection_that_ends_while_rows_are_staged_is_one_that_is_tried_again(twins: Twins) -> None:
    database, tries = twins.world.runtime.database, list[int]()
    row = staging.row_of_meter(twins.plain.id, alone(said(twins.plain, energy_wh=1000)))

    def work(session: Session) -> None:
        staging.stage(session, [], how=staging.OF_METERS)
        tries.append(session.run_sql("SELECT pg_backend_pid()").scalar_one())
        if len(tries) == 1:
            with database.transaction() as other:
                other.run_sql("SELECT pg_terminate_backend(%(pid)s)", pid=tries[0])
        staging.fill(session, [row], how=staging.OF_METERS)

    database.run(work)
    assert len(set(tries)) == 2


@pytest.mark.parametrize("serial", ["None", "a\tb", "a\\b", "12 34", "号"])
def test_a_serial_of_odd_letters_is_compared_as_it_is(twins: Twins, serial: str) -> None:
    def rename(session: Session) -> None:
        session.get_one(Meter, twins.plain.id).serial = serial

    twins.world.run(rename)
    twins.plain.serial = serial
    for at in (0, 60):
        assert twins.tell(said(twins.plain, at=at, energy_wh=1000)) == (1, 1)
    assert twins.world.fresh(twins.plain).frozen_reason is None


@pytest.mark.parametrize("number", [2**62, 2**63, -(2**62) - 1, 2**70, 10**25])
def test_numbers_at_the_edge_of_what_fits_stop_no_other_reading(twins: Twins, number: int) -> None:
    twins.tell(said(twins.plain, energy_wh=1000), said(twins.plain, at=1, energy_wh=1001))
    odd, fine = said(twins.plain, at=60, balance=number), said(twins.clocked, at=60, energy_wh=1002)
    readings = [
        protocol.Reading(meter=meter.reference, evidence=one)
        for meter, one in ((twins.plain, odd), (twins.clocked, fine))
    ]
    asked = protocol.ReadingsRequest(instance=twins.bridge.instance, readings=readings)
    stored = message(protocol.ReadingsReply, twins.bridge.post("readings", asked)).stored
    assert stored == (2 if abs(number) <= 2**62 else 1)


@pytest.mark.parametrize(("shown", "doubt"), [(10, "ran_backwards"), (900_000_000, "jumped")])
def test_no_step_is_judged_by_what_a_command_read_back(twins: Twins, shown: int, doubt: str) -> None:
    twins.tell(said(twins.plain, energy_wh=5000))
    twins.read_back(said(twins.plain, at=60, energy_wh=shown))
    twins.tell(said(twins.plain, at=120, energy_wh=shown + 1))
    assert [row[1] for row in twins.known(twins.plain)["HeldReading"]] == [doubt]
    assert twins.known(twins.plain) == twins.known(twins.clocked)


def test_a_command_read_back_in_the_future_takes_no_registers_back(twins: Twins) -> None:
    now = (twins.world.runtime.clock.now() - START).total_seconds()
    twins.tell(said(twins.plain, at=now - 60, energy_wh=1000))
    twins.read_back(said(twins.plain, at=now + 3600))
    twins.tell(said(twins.plain, at=now - 120, energy_wh=998))
    twins.tell(said(twins.plain, at=now - 90, energy_wh=1003))
    assert [row[1] for row in twins.known(twins.plain)["HeldReading"]] == ["ran_backwards"]
    assert twins.known(twins.plain) == twins.known(twins.clocked)


FAR = [timezone(timedelta(hours=hours, minutes=59)) for hours in (-24, 16, 23)]


@pytest.mark.parametrize(
    "odd",
    [
        *({"read_at": START.replace(tzinfo=far)} for far in FAR),
        {"read_at": datetime(1, 1, 1, tzinfo=FAR[1])},
        {"read_at": datetime(9999, 12, 31, 23, tzinfo=FAR[0])},
        {"cumulative": 2**70},
        {"last_purchase": -(2**70)},
    ],
)
def test_noise_that_cannot_be_stored_stops_no_other_reading(twins: Twins, odd: dict[str, Any]) -> None:
    twins.tell(said(twins.plain, energy_wh=1000))
    told = said(twins.plain, at=60, energy_wh=1001).model_copy(update=odd)
    readings = [
        protocol.Reading(meter=meter.reference, evidence=one)
        for meter, one in ((twins.plain, told), (twins.clocked, said(twins.clocked, at=60, energy_wh=1002)))
    ]
    asked = protocol.ReadingsRequest(instance=twins.bridge.instance, readings=readings)
    assert message(protocol.ReadingsReply, twins.bridge.post("readings", asked)).stored == 1
