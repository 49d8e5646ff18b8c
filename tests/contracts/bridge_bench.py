"""Every kind of line and every profile found in their folders, on real sockets with simulated meters."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from meter_bridge.clock import SystemClock
from meter_bridge.driver import Driver, driver_kinds
from meter_bridge.line import Line, LineDownError, LinePlace, line_kinds, tcp_wire
from meter_bridge.profile import load_profiles
from meter_bridge.protocol import CommandKind, MeterPlace, MoneyCapability
from meter_bridge.simulator.park import Park
from meter_bridge.simulator.simulated_park import SimulatedPark
from meter_bridge.switchboard import Switchboard

TIMEOUT, QUIET = 0.1, 0.05
LATE = TIMEOUT + QUIET / 2  # longer than an answer may take, before the quiet time is over
KINDS = line_kinds()
PROFILES = load_profiles()


def able(kind: CommandKind) -> list[str]:
    """Return the profiles whose meters can do this."""
    return sorted(code for code, profile in PROFILES.items() if kind in profile.abilities)


WITH_MONEY, SWITCHED = able(CommandKind.TOP_UP), able(CommandKind.OPEN_BREAKER)
KEEPING = able(CommandKind.KEEP_SUPPLIED)
COUNTED = [code for code in WITH_MONEY if PROFILES[code].money.capability is MoneyCapability.COUNTER_CAS]
PAIRS = [
    (kind, code)
    for kind in sorted(KINDS)
    for code, profile in sorted(PROFILES.items())
    if KINDS[kind].transparent or not driver_kinds()[profile.driver].needs_transparent
]
START = 10_000
UNIT, OTHER = 7, 8


REGISTRATION, BEAT = r"DTU\x00?", r"\xfe\xfd"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@asynccontextmanager
async def on_a_line(
    kind: str, code: str, circuit: int = 1, **ratios: int
) -> AsyncIterator[tuple[SimulatedPark, Line, Driver]]:
    """Two meters of one profile on one line, and a driver for the first; or a box, and one for another circuit."""
    other = OTHER if circuit == 1 else PROFILES[code].unit_of(UNIT, circuit) or OTHER
    meters: list[dict[str, Any]] = [
        {"unit": unit, "profile": code, "serial": f"{unit:012}", "balance_fen": START, "balance_wh": START} | ratios
        for unit in (UNIT, other)
    ]
    called = {"port": free_port(), "registration": r"DTU\x00!", "heartbeat": BEAT, "heartbeat_seconds": 0.02}
    line_keys = called if KINDS[kind].called else {}
    park = Park.model_validate({"line": [{"name": kind, "kind": kind, "meter": meters} | line_keys]})
    board = Switchboard("127.0.0.1")
    async with SimulatedPark(park, free_ports=True, profiles=PROFILES) as simulated:
        clock = SystemClock()
        wire = board if KINDS[kind].called else tcp_wire
        place = place_on(simulated, kind)
        line = KINDS[kind].open(place, wire, clock)
        if KINDS[kind].called:
            await first_call(line, board, place.port)
        try:
            yield simulated, line, driver_of(line, code, circuit, **ratios)
        finally:
            await line.close()
            await board.close()


def driver_of(line: Line, code: str, circuit: int = 1, **ratios: int) -> Driver:
    """Return a driver for the first meter of a line, which is told of these transformers before it."""
    serial, profile = f"{UNIT:012}", PROFILES[code]
    place = MeterPlace(
        meter="0" * 26, unit=UNIT, circuit=circuit, serial=serial, profile=code, poll_seconds=60, **ratios
    )
    return driver_kinds()[profile.driver].make(line, place, profile, SystemClock())


async def first_call(line: Line, board: Switchboard, port: int) -> None:
    """Wait for a DTU, hang up, and wait until it calls again: a line begins unconnected, and is never waited for."""
    while True:
        with suppress(LineDownError):
            await line.ready()
            break
    await line.close()
    while board.caller(port, REGISTRATION) is None:
        await asyncio.sleep(QUIET / 10)


def place_on(park: SimulatedPark, kind: str) -> LinePlace:
    line = park.site.park.line[0]
    port = line.port if KINDS[kind].called else park._ports.get(kind, 0)
    return LinePlace(
        "127.0.0.1", port, TIMEOUT, QUIET, device=str(park.devices.get(kind, "")),
        registration=REGISTRATION if KINDS[kind].called else "", heartbeat=b"\xfe\xfd" if KINDS[kind].called else b"",
    )  # fmt: skip
