"""A bridge between a backend in memory and simulated meters on a wire in memory, under virtual time."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meter_bridge.bridge import Bridge
from meter_bridge.driver import driver_kinds
from meter_bridge.journal import Journal
from meter_bridge.line import line_kinds
from meter_bridge.outbox import Outbox
from meter_bridge.profile import load_profiles
from meter_bridge.protocol import MeterPlace
from meter_bridge.readings import Readings
from meter_bridge.simulator.faults import Fault
from meter_bridge.simulator.memory_wire import MemoryWire
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.park import Park
from meter_bridge.simulator.site import Site
from meter_bridge.simulator.store import Store
from meter_bridge.tools import Tools, drawn_reference
from tests.bridge.fake_backend import FakeBackend, reference
from tests.bridge.virtual_time import VirtualClock

PROFILES = load_profiles()
PORT = 502
DTU = "dtu"  # the registration of whoever calls, where the line is called
START_BALANCE = 10_000


@dataclass
class Bench:
    backend: FakeBackend
    site: Site
    wire: MemoryWire
    clock: VirtualClock
    places: dict[str, MeterPlace]
    state: Path
    bridge: Bridge | None = None
    task: "asyncio.Task[None] | None" = None
    journal: Journal | None = None

    def meter(self, profile: str) -> Meter:
        return self.site.meter(self.places[profile].unit)

    def fault(self, kind: str, **keys: Any) -> None:
        self.site.fault(Fault.model_validate({"kind": kind, **keys}))

    def start(self, seed: int = 1) -> Bridge:
        """Start a bridge on the journal of the one before, if there was one."""
        chance = random.Random(seed)
        self.journal = Journal(self.state / "journal.sqlite3")
        instance = drawn_reference(chance)
        tools = Tools(
            api=self.backend, clock=self.clock, wire=self.wire, chance=chance, profiles=PROFILES, lines=line_kinds(),
            drivers=driver_kinds(), outbox=Outbox(self.backend, self.clock, self.journal, chance),
            readings=Readings(self.backend, self.clock, self.journal, instance), instance=instance,
            verify_key=self.backend.verify_key, calls=self.wire,
        )  # fmt: skip
        self.bridge = Bridge(tools)
        self.task = asyncio.create_task(self.bridge.run())
        return self.bridge

    async def kill(self) -> None:
        """End the bridge as kill -9 does: nothing is finished, nothing is told."""
        assert self.task is not None
        assert self.bridge is not None
        assert self.journal is not None
        tasks = [self.task, *self.bridge._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.journal.close()


@asynccontextmanager
async def bench(state: Path, kind: str = "modbus_tcp", start: bool = True, **meter: Any) -> AsyncIterator[Bench]:
    """One line with a meter of every shipped profile; with keys of ParkMeter for all of them."""
    loop = asyncio.get_running_loop()
    clock = VirtualClock()
    meters = [
        {"unit": unit, "profile": code, "serial": f"{unit:012}", "balance_fen": START_BALANCE} | meter
        for unit, code in enumerate(sorted(PROFILES), start=1)
        if PROFILES[code].driver == "modbus" or line_kinds()[kind].transparent
    ]
    park = Park.model_validate({"line": [{"name": "line", "kind": kind, "port": PORT, "meter": meters}]})
    site = Site(park, PROFILES, Store(None), random.Random(2))
    wire = MemoryWire({(host, PORT): site.buses["line"] for host in ("127.0.0.1", DTU)}, loop.time)
    backend = FakeBackend(PROFILES, loop.time)
    places = {
        standing.profile: MeterPlace(
            meter=reference(f"m{standing.unit}"), unit=standing.unit, serial=standing.serial,
            profile=standing.profile, poll_seconds=60.0, ct_ratio=standing.ct_ratio, pt_ratio=standing.pt_ratio,
        )
        for standing in park.line[0].meter
    }  # fmt: skip
    line = backend.add_line("line", kind, PORT, list(places.values()))
    backend.lines[line.line] = line.model_copy(update={"registration": DTU})
    made = Bench(backend, site, wire, clock, places, state)
    if start:
        made.start()
    try:
        yield made
    finally:
        if made.task is not None and not made.task.done():
            await made.kill()
