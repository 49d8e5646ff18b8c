"""The simulated meters: consumption, relays, memory, and the ports on which they are reached."""

import asyncio
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from meter_bridge import rtu
from meter_bridge.answers import Fit, answer_size
from meter_bridge.clock import SystemClock
from meter_bridge.driver import driver_kinds
from meter_bridge.line import LinePlace, line_kinds, tcp_wire
from meter_bridge.lines import modbus_tcp
from meter_bridge.profile import load_profiles
from meter_bridge.protocol import Alarm, CommandKind, MeterPlace
from meter_bridge.simulator.control import ask
from meter_bridge.simulator.framing import RtuFraming
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.park import Park, ParkMeter
from meter_bridge.simulator.simulated_park import RunningPark
from meter_bridge.simulator.site import Site
from meter_bridge.simulator.store import Store

PROFILES = load_profiles()
CAS = "reference_cas"


def place() -> MeterPlace:
    return MeterPlace(meter="0" * 26, unit=1, serial="000000000001", profile=CAS, poll_seconds=60)


def meter(profile: str = CAS, **keys: Any) -> Meter:
    standing = {"unit": 1, "profile": profile, "serial": "000000000001", "power_w": 3_600, "price_fen_per_kwh": 100}
    return Meter(ParkMeter.model_validate(standing | keys), PROFILES[profile], now=0.0)


def test_credit_falls_by_price_times_energy() -> None:
    made = meter(balance_fen=1_000)
    made.advance(1_000.0)
    assert (made.energy_wh, made.balance) == (1_000, 900)


@pytest.mark.parametrize("step", [0.05, 0.333, 1.0, 7.0, 3_600.0])
def test_it_does_not_matter_how_often_one_looks(step: float) -> None:
    made = meter(balance_fen=1_000, power_w=777)
    now = 0.0
    while now < 3_600.0:
        now = min(now + step, 3_600.0)
        made.advance(now)
    assert made.energy_wh in (776, 777)
    assert made.balance in (922, 923)


def test_the_relay_opens_when_the_credit_is_gone_and_closes_by_itself_after_a_top_up() -> None:
    made = meter(balance_fen=100, overdraft_fen=50)
    made.advance(100_000.0)
    assert (made.balance, made.energy_wh, made.closed) == (-50, 1_500, False)
    made.write(0x1100, [0, 200, 1])
    assert (made.balance, made.closed) == (150, True)


def test_a_relay_meter_opens_and_closes_by_command_only() -> None:
    made = meter("generic_relay")
    made.advance(100_000.0)
    assert made.closed
    assert made.write(0x1114, [1]) == 0
    energy = made.energy_wh
    made.advance(200_000.0)
    assert (made.closed, made.energy_wh) == (False, energy)


def test_a_wrong_number_is_refused_and_leaves_an_error_bit() -> None:
    made = meter()
    assert made.write(0x1100, [0, 200, 2]) == 3
    assert made.read(0x100A, 1) == [0x20]
    assert made.write(0x1100, [0, 200, 1]) == 0
    assert made.read(0x100A, 1) == [0]


@pytest.mark.parametrize(
    ("address", "words", "code"), [(0x1100, [0, 200], 3), (0x9999, [1], 2), (0x1110, [9], 3), (0x1100, [0, 0, 1], 3)]
)
def test_a_write_the_meter_does_not_know_is_refused(address: int, words: list[int], code: int) -> None:
    assert meter().write(address, words) == code


def park(**line: Any) -> Park:
    standing = {"unit": 1, "profile": CAS, "serial": "000000000001", "balance_fen": 500}
    return Park.model_validate({"line": [{"name": "a", "kind": "modbus_tcp", "meter": [standing]} | line]})


def test_a_meter_that_tripped_stays_open_over_a_power_loss_until_somebody_closes_it() -> None:
    made = meter(balance_fen=1_000)
    made.trip(Alarm.MALICIOUS_LOAD)
    again = meter(balance_fen=1_000)
    again.restore(made.state())
    assert (again.closed, again.alarms) == (False, {Alarm.MALICIOUS_LOAD})
    again.do(CommandKind.CLOSE_BREAKER, {})
    assert (again.closed, again.alarms) == (True, set())


def site(state: Path, **line: Any) -> Site:
    return Site(park(**line), PROFILES, Store(state), random.Random(1))


def test_a_meter_remembers_over_a_restart_and_an_exchanged_one_does_not(tmp_path: Path) -> None:
    first = site(tmp_path)
    first.meter(1).write(0x1100, [0, 200, 1])
    first.advance(10.0)
    again = site(tmp_path)
    assert (again.meter(1).balance, again.meter(1).purchase_count) == (700, 1)
    other = {"unit": 1, "profile": CAS, "serial": "000000000002", "balance_fen": 5}
    assert site(tmp_path, meter=[other]).meter(1).purchase_count == 0


def test_the_pace_of_a_line_is_that_of_its_baud_rate(tmp_path: Path) -> None:
    """60 registers at 9600 baud take 146 ms on the wire (measured), and one exchange waits for the other."""
    bus = site(tmp_path, kind="rtu_over_tcp", pace=True, turnaround_ms=30).buses["a"]
    request = RtuFraming().wrap(None, 1, bytes([3, 0, 0, 0, 60]))  # type: ignore[arg-type]
    first, second = bus.received(bytearray(request * 2), now=0.0)
    assert first.delay == pytest.approx(0.146 + 0.030, rel=0.05)
    assert second.delay == pytest.approx(2 * first.delay)


def test_requests_come_in_pieces_and_together(tmp_path: Path) -> None:
    bus = site(tmp_path, kind="rtu_over_tcp").buses["a"]
    request = RtuFraming().wrap(None, 1, bytes([3, 0x10, 0, 0, 16]))  # type: ignore[arg-type]
    stream = bytearray(request[:5])
    assert bus.received(stream, 0.0) == []
    stream += request[5:] + request
    assert [len(due.act(0.0) or b"") for due in bus.received(stream, 0.0)] == [37, 37]


def test_what_is_no_request_gets_an_exception_or_silence(tmp_path: Path) -> None:
    bus = site(tmp_path, kind="rtu_over_tcp").buses["a"]
    wrap = RtuFraming().wrap
    unknown = bus.received(bytearray(wrap(None, 1, bytes([4, 0, 0, 0, 1]))), 0.0)  # type: ignore[arg-type]
    assert (unknown[0].act(0.0) or b"")[1:3] == bytes([0x84, 1])
    nobody = bus.received(bytearray(wrap(None, 9, bytes([3, 0, 0, 0, 1]))), 0.0)  # type: ignore[arg-type]
    assert nobody[0].act(0.0) is None
    assert bus.received(bytearray(b"\x01\x03\x00\x00\x00\x01\x00\x00"), 0.0) == []


def test_answers_are_compared_byte_by_byte() -> None:
    asked = bytes.fromhex("0001 0000 0006 07 03 1000 0002")
    good = bytes.fromhex("0001 0000 0007 07 03 04 00000001")
    assert [modbus_tcp.fit(asked, good[:n]) for n in range(len(good) + 1)] == [Fit.MORE] * len(good) + [Fit.WHOLE]
    for place in (0, 1, 2, 3, 4, 5, 6, 7, 8):
        bent = bytes(byte ^ 0x11 if at == place else byte for at, byte in enumerate(good))
        assert modbus_tcp.fit(asked, bent) is Fit.WRONG
    assert modbus_tcp.fit(asked, b"\0\0" + good[2:]) is Fit.WRONG  # pymodbus takes number 0 for any
    assert modbus_tcp.fit(asked, good + b"\0") is Fit.WRONG


@pytest.mark.parametrize("echo", ["10 1001 0002", "10 1000 0003", "06 1000 0002", "10 1000"])
def test_the_echo_of_another_write_is_no_acknowledgement(echo: str) -> None:
    asked, came = bytes.fromhex("10 1000 0002 04 00010002"), bytes.fromhex(echo)
    size = answer_size(asked, came)
    assert size is None or len(came) < size


def test_every_flipped_bit_of_an_rtu_answer_is_noticed() -> None:
    wrap = RtuFraming().wrap
    asked = wrap(None, 7, bytes.fromhex("10 1000 0002 04 00010002"))  # type: ignore[arg-type]
    good = wrap(None, 7, bytes.fromhex("10 1000 0002"))  # type: ignore[arg-type]
    assert rtu.fit(asked, good) is Fit.WHOLE
    assert [rtu.fit(asked, good[:n]) for n in range(1, len(good))] == [Fit.MORE] * (len(good) - 1)
    for bit in range(8 * len(good)):
        bent = bytearray(good)
        bent[bit // 8] ^= 1 << bit % 8
        assert rtu.fit(asked, bytes(bent)) is not Fit.WHOLE


def test_a_park_in_a_thread_serves_meters_and_takes_orders_on_its_control_port(tmp_path: Path) -> None:
    with RunningPark(park(), tmp_path) as simulated:
        port = simulated.control_port
        assert ask(port, {"do": "set", "unit": 1, "balance": 42, "power_w": 7})["ok"]
        told = ask(port, {"do": "meters"})["meters"][0]
        assert (told["balance"], told["power_w"], simulated.meter(1).balance) == (42, 7, 42)
        assert ask(port, {"do": "fault", "kind": "drop_reply", "unit": 1})["ok"]
        assert len(simulated.site.faults.waiting) == 1
        assert ask(port, {"do": "clear"})["ok"]
        assert not simulated.site.faults.waiting
        simulated.meter(1).parameters.take(0x1206, [0, 50])
        assert ask(port, {"do": "forget", "unit": 1, "parameter": "overdraft_limit"})["ok"]
        assert simulated.meter(1).overdraft == 0
        assert not ask(port, {"do": "forget", "unit": 1, "parameter": "colour"})["ok"]
        assert ask(port, {"do": "trip", "unit": 1, "why": "overload"})["closed"] is False
        assert ask(port, {"do": "alarm", "unit": 1, "alarm": "leak", "on": True})["alarms"] == ["leak", "overload"]
        assert simulated.meter(1).do(CommandKind.CLOSE_BREAKER, {}) == 0
        assert ask(port, {"do": "meters"})["meters"][0]["alarms"] == ["leak"]
        assert ask(port, {"do": "alarm", "unit": 1, "alarm": "leak", "on": False})["alarms"] == []
        assert not ask(port, {"do": "trip", "unit": 1, "why": "leak"})["ok"]
        for wrong in ({"do": "fault", "kind": "none"}, {"do": "dance"}, {"do": "set", "unit": 1, "colour": 1}):
            assert not ask(port, wrong)["ok"]
        assert ask(port, {"do": "down", "line": "a", "seconds": 60})["ok"]
        with socket.create_connection(("127.0.0.1", simulated.port()), timeout=5) as refused:
            assert refused.recv(1) == b""


@contextmanager
def simulator(file: Path, state: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "meter_bridge.simulator", "--park", str(file), "--state", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        try:
            yield process, int(told.split(":")[1].split(";")[0])
        finally:
            process.kill()


def test_a_top_up_that_was_answered_survives_kill_9(tmp_path: Path) -> None:
    file = tmp_path / "park.toml"
    file.write_text(
        '[[line]]\nname = "a"\nkind = "modbus_tcp"\n[[line.meter]]\nunit = 1\nprofile = "reference_cas"\n'
        'serial = "000000000001"\nbalance_fen = 500\n'
    )

    async def counted(port: int, top_up: bool) -> int | None:
        line = line_kinds()["modbus_tcp"].open(LinePlace("127.0.0.1", port, 2.0, 0.1), tcp_wire, SystemClock())
        driver = driver_kinds()["modbus"].make(line, place(), PROFILES[CAS], SystemClock())
        await line.ready()
        if top_up:
            await driver.top_up(100, 1)
        count = (await driver.evidence()).purchase_count
        await line.close()
        return count

    with simulator(file, tmp_path / "state") as (process, port):
        assert asyncio.run(counted(port, top_up=True)) == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
    with simulator(file, tmp_path / "state") as (process, port):
        assert asyncio.run(counted(port, top_up=False)) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
