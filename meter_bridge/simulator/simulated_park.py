"""A park behind real sockets: `async with SimulatedPark(...)`, or RunningPark in a thread of its own."""

import asyncio
import random
import threading
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from meter_bridge.clock import SystemClock
from meter_bridge.dlt645_clock import CHINA
from meter_bridge.profile import Profile, load_profiles
from meter_bridge.simulator.control import Control
from meter_bridge.simulator.doors import call, device_of, serve_device
from meter_bridge.simulator.faults import Fault
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.park import Park, ParkLine, load_park
from meter_bridge.simulator.server import BusServer
from meter_bridge.simulator.site import Site
from meter_bridge.simulator.store import Store

TICK = 1.0
DRIFT, MOST_DRIFT = 37, 110  # seconds: clocks that were set once, by hand, and are not off enough to be suspected


class SimulatedPark:
    """Serves every line of a park and its control port. state: where meters remember; None forgets.

    free_ports: take ports the system chooses instead of those in the park file (see `port`, `control_port`).
    """

    def __init__(
        self,
        park: Park,
        state: Path | None = None,
        *,
        profiles: dict[str, Profile] | None = None,
        free_ports: bool = False,
        chance: random.Random | None = None,
    ) -> None:
        self._free_ports = free_ports
        self._store = Store(state)
        chance = chance or random.SystemRandom()
        now, today = time.monotonic(), SystemClock().now()
        midnight = today.astimezone(CHINA) - timedelta(seconds=now)
        self.site = Site(park, profiles or load_profiles(), self._store, chance, now, midnight=midnight)
        for meter in (meter for bus in self.site.buses.values() for meter in bus.meters.values()):
            meter.set_time(today + timedelta(seconds=DRIFT * meter.unit % MOST_DRIFT))
        self._servers: dict[str, BusServer] = {}
        self._ports: dict[str, int] = {}
        self.devices: dict[str, Path] = {}
        self.control_port = 0
        self._open = AsyncExitStack()

    def port(self, line: str | None = None) -> int:
        """Return the port of a line; without a name, of the first."""
        return self._ports[line or self.site.park.line[0].name]

    def reached(self, line: ParkLine) -> str:
        """Say how a line is reached: at a port, as a device, or by its own call."""
        if line.kind == "dial_in":
            return f"calls :{line.port}"
        return str(self.devices[line.name]) if line.kind == "serial" else f":{self.port(line.name)}"

    def meter(self, unit: int, line: str | None = None) -> Meter:
        """Return a meter; without a line, of the first."""
        return self.site.meter(unit, line)

    def fault(self, kind: str, **keys: Any) -> None:
        """Let something go wrong (keys: faults.Fault)."""
        self.site.fault(Fault.model_validate({"kind": kind, **keys}))

    def down(self, line: str, seconds: float) -> None:
        """Take a gateway down now."""
        self.site.buses[line].break_down(time.monotonic() + seconds)
        self._servers[line].hang_up()

    async def __aenter__(self) -> Self:
        park = self.site.park
        for line in park.line:
            server = self._servers[line.name] = BusServer(self.site.buses[line.name], time.monotonic)
            self._open.push_async_callback(server.close)
            await self._open_door(line, server)
        control = Control(self.site, self.down)
        port = 0 if self._free_ports else park.control_port
        self.control_port = self._serving(await asyncio.start_server(control.connected, park.host, port))
        self._in_background(self._tick())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()
        self.site.advance(time.monotonic())
        self._store.close()

    async def _open_door(self, line: ParkLine, server: BusServer) -> None:
        """Let a line be reached as its kind is: on a port, as a device, or by its own call."""
        if line.kind == "serial":
            self.devices[line.name] = device_of(line.name)
            self._in_background(serve_device(self.devices[line.name], server.attend))
        elif line.kind == "dial_in":
            self._in_background(call(line, self.site.park.host, server.down, server.attend))
        else:
            listening = await server.serve(self.site.park.host, 0 if self._free_ports else line.port)
            self._ports[line.name] = self._serving(listening)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        self._open.callback(asyncio.create_task(work).cancel)

    def _serving(self, server: asyncio.Server) -> int:
        self._open.callback(server.close)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self.site.advance(time.monotonic())


class RunningPark:
    """A SimulatedPark in a thread of its own, for tests and processes that have no event loop."""

    def __init__(self, park: Path | Park, state: Path | None = None, *, free_ports: bool = True) -> None:
        self._park = park if isinstance(park, Park) else load_park(park)
        self._state, self._free_ports = state, free_ports
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self.simulated: SimulatedPark

    def __enter__(self) -> SimulatedPark:
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure
        return self.simulated

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        try:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            self.simulated = SimulatedPark(self._park, self._state, free_ports=self._free_ports)
            async with self.simulated:
                self._started.set()
                await self._stop.wait()
        except BaseException as failure:  # told to the thread that waits
            self._failure = failure
            raise
        finally:
            self._started.set()
