"""The whole chain on real parts: product, sandbox, a running bridge, and simulated meters on real sockets."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import update

from backend import checkout
from backend.jobs import drains
from backend.metering.command_models import MeterCommand
from backend.metering.lines.enrolment import invite_bridge
from backend.metering.models import Bridge as BridgeRow
from backend.metering.models import Line
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.api_http import HttpApi
from meter_bridge.bridge import Bridge
from meter_bridge.clock import SystemClock
from meter_bridge.journal import Journal
from meter_bridge.profile import load_profiles
from meter_bridge.running import ready_tools
from meter_bridge.simulator.park import Park, ParkLine, ParkMeter
from meter_bridge.simulator.simulated_park import RunningPark, SimulatedPark
from tests.flows.conftest import World
from tests.park import Metered

START_FEN = 2000
PROFILES = load_profiles(None)


class RunningBridge:
    """A bridge in a thread of its own, which can be stopped in order or struck down."""

    def __init__(self, url: str, state: Path) -> None:
        self._url, self._state = url, state
        self._loop = asyncio.new_event_loop()
        self._bridge: Bridge | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let it finish what is under way."""
        if self._bridge is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._bridge.stop)
        self._thread.join(20)

    def strike(self) -> None:
        """End it between two steps, as a power cut would."""
        if self._task is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(20)

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._work())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        finally:
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.close()

    async def _work(self) -> None:
        api, journal = HttpApi(self._url), Journal(self._state / "journal.sqlite3")
        try:
            tools = await ready_tools(api, SystemClock(), journal, self._state, PROFILES)
            self._bridge = Bridge(tools)
            await self._bridge.run()
        finally:
            journal.close()
            await api.close()


@dataclass
class Chain:
    """A world with meters on sockets and bridges that speak to them."""

    world: World
    meters: SimulatedPark
    folder: Path
    bridges: list[RunningBridge]

    def start_bridge(self, name: str = "one") -> RunningBridge:
        """Start a bridge; a name seen before is the same bridge, started again."""
        state = self.folder / name
        if not state.exists():
            state.mkdir()
            owner = self.world.park.organisation.id
            token = self.world.runtime.database.run(
                lambda session: invite_bridge(session, organisation_id=owner, name=name)
            )
            (state / "enrolment.token").write_text(token)
        self.bridges.append(RunningBridge(self.world.url, state))
        return self.bridges[-1]

    def buy(self, amount_fen: int = 5000, *, metered: Metered | None = None, tap: str = "t1") -> str:
        """Place an order for bob and pay it; returns its number."""
        meter = (metered or self.world.park.counting).meter
        placed = checkout.start(
            self.world.runtime,
            user_id=self.world.park.bob.id,
            meter_reference=meter.reference,
            amount_fen=amount_fen,
            tap=tap,
            request_id=f"request-{tap}",
        )
        self.world.pay(placed.order_no)
        self.world.wait_for(lambda: self.world.order(placed.order_no).paid_at, "the payment taken")
        return placed.order_no

    def credited(self, order_no: str) -> CreditOrder:
        """Wait until an order is credited."""
        self.world.wait_for(lambda: self.state(order_no) is OrderState.CREDITED, f"credit of {order_no}")
        return self.world.order(order_no)

    def state(self, order_no: str) -> OrderState:
        """Return how far an order is, after a turn of the ticker."""
        drains.run_all(self.world.runtime)
        return self.world.order(order_no).state

    def command(self, order_no: str) -> MeterCommand:
        """Return the command of an order, once the payment is taken."""
        numbered = self.world.wait_for(lambda: self.world.order(order_no).command_id, f"payment of {order_no}")
        with self.world.runtime.database.transaction() as session:
            return session.get_one(MeterCommand, numbered)

    def wait_for(self, done: Callable[[], Any], what: str) -> Any:
        """Wait until something is true."""
        return self.world.wait_for(done, what)


@contextmanager
def running_chain(world: World, folder: Path, *, bridge: bool = True) -> Iterator[Chain]:
    """Run the chain."""
    with ExitStack() as stack:
        meters = stack.enter_context(RunningPark(_park(world)))
        with world.runtime.database.transaction() as session:
            session.execute(update(Line).values(port=meters.port(), timeout_ms=150, quiet_ms=150))
        chain = Chain(world, meters, folder, [])
        if bridge:
            chain.start_bridge()
        try:
            yield chain
        finally:
            for running in chain.bridges:
                running.stop()
            _end_long_polls(world)


def _end_long_polls(world: World) -> None:
    """Let what the server still waits for end now: a bridge that is let in no more is not waited with."""
    with world.runtime.database.transaction() as session:
        session.execute(update(BridgeRow).values(revoked_at=session.clock.now()))
    world.runtime.bell.ring("commands")
    world.runtime.clock.sleep(0.1)


def _park(world: World) -> Park:
    known = world.park
    standing = [
        ParkMeter(
            unit=each.meter.unit,
            profile=each.meter.profile,
            serial=each.meter.serial,
            power_w=600,
            balance_fen=0 if each is known.relay else START_FEN,
        )
        for each in (known.counting, known.blind, known.relay, known.other)
    ]
    return Park(line=[ParkLine(name="one", kind="modbus_tcp", meter=standing)])
