"""Play one seed: a time of faults, then a calm in which everything must settle."""

from dataclasses import dataclass
from functools import partial

from meter_bridge.simulator.bus import Bus
from meter_bridge.simulator.park import ParkLine, ParkMeter
from sandbox.switches import set_switches
from tests.simulation.bridges import BridgeLife
from tests.simulation.buyers import Buyer, Market
from tests.simulation.calm import unsettled
from tests.simulation.courier import SimulatedCourier
from tests.simulation.facts import Facts, gather
from tests.simulation.invariants import Paid, broken
from tests.simulation.locks import Lockers, LockWatch
from tests.simulation.meters import DrawnFaults, Money, WatchedMeter
from tests.simulation.nature import jump_clocks, meddle, tick
from tests.simulation.permits import Permits
from tests.simulation.plan import Plan
from tests.simulation.scene import Scene
from tests.simulation.seams import wsgi
from tests.simulation.staff import Staff
from tests.simulation.stage import BRIDGES, Stage
from tests.simulation.wire import SimulatedWire

HOST, PORT = "127.0.0.1", 5020
START_FEN = 2000
LONGEST_CALM = 1200.0
LOOK_EVERY = 4.0


@dataclass(frozen=True)
class Ended:
    """How a seed ended; failure is None when every promise was kept."""

    plan: Plan
    failure: str | None
    hash: str
    lines: list[str]
    struck: dict[str, int]
    seconds: float

    @property
    def promise(self) -> str:
        """Return the name of the broken promise, without its numbers."""
        return (self.failure or "").split(":")[0]


class Simulation:
    """One seed on a stage."""

    def __init__(self, stage: Stage, plan: Plan) -> None:
        self._stage = stage
        self.scene = Scene(plan)
        stage.set_up(self.scene)
        stage.committed = self.check
        stage.run_sql(f"UPDATE line SET kind = '{plan.kind}'")
        self._paid = Paid(payable=self._is_payable, took=self._took, may_freeze=self._may_freeze)
        self._permits, self._locks = Permits(), LockWatch()
        self.standing = self._meters()
        self._wire = self._wired()
        self._lives = [self._life(name) for name in BRIDGES[: plan.bridges]]
        self._set_switches()
        self._latest = gather(stage.looker, self.standing)

    def play(self) -> Ended:
        """Play it to its end."""
        loop, scene = self.scene.loop, self.scene
        self._begin()
        loop.run_until(lambda: scene.failure is not None, scene.plan.safety)
        if scene.failure is None:
            self._calm_down()
            self._await_rest()
            self._look_anew()
        trouble = scene.loop.troubles
        if trouble and scene.failure is None:
            scene.fail(f"an actor broke down: {trouble[0]}")
        ended = Ended(
            scene.plan, scene.failure, scene.story.hash(), scene.story.lines, dict(scene.story.struck), loop.time()
        )
        self._stage.committed = lambda: None
        scene.chance.calm = True
        loop.end()
        for life in self._lives:
            life.close()
        return ended

    def check(self) -> None:
        """Look at everything and note the first promise that does not hold."""
        if self.scene.failure is None:
            facts = self._facts()
            at_once = self._permits.look(facts, self.scene.now()), self._locks.look(facts)
            found = broken(facts, self._paid) or next(filter(None, at_once), None)
            if found:
                self.scene.fail(found)

    def _begin(self) -> None:
        scene, stage = self.scene, self._stage
        market = Market(scene, stage.runtime, stage.sandbox, stage.park, self._paid)
        courier = SimulatedCourier(scene, stage.sandbox, stage.app, self._paid, self.check)
        staff = Staff(scene, stage.runtime, self.standing, lambda: self._latest.is_for_people)
        for work in (
            courier.work(), tick(scene, stage.runtime), staff.work(), jump_clocks(scene), meddle(scene, self.standing),
            Lockers(scene, stage.runtime, stage.lockers, stage.group_id).work(),
        ):  # fmt: skip
            scene.loop.spawn(None, work)
        for purchase in scene.plan.purchases:
            scene.loop.spawn(None, Buyer(market, purchase).buy())
        for life in self._lives:
            life.start()

    def _calm_down(self) -> None:
        self.scene.story.tell("CALM", "no more faults")
        self.scene.chance.calm = True
        self.scene.skews.clear()
        set_switches(self._stage.sandbox, {"reset": True})
        for life in self._lives:
            life.settle_down()

    def _await_rest(self) -> None:
        scene, end = self.scene, self.scene.plan.safety + LONGEST_CALM
        left = "nothing was looked at"
        while scene.failure is None and scene.loop.time() < end:
            scene.loop.run_until(lambda: scene.failure is not None, scene.loop.time() + LOOK_EVERY)
            left = unsettled(self._facts(), self._paid, scene.now().timestamp(), are_told=scene.plan.thorough)
            if not left:
                return
        scene.fail(f"not settled in {LONGEST_CALM:.0f} s of calm: {left}")

    def _is_payable(self, order_no: str) -> bool:
        books = self._stage.sandbox.books
        order = books.orders.get(order_no)
        open_there = order is not None and not order.closed and not books.payments.of(order_no)
        return open_there and order_no in self._paid.handed_out and not self._provider_failed()

    def _took(self, order_no: str) -> None:
        """Note that the provider took money for an order in the ordinary way: then it must not be closed here."""
        state = next((o["state"] for o in self._facts().orders if o["order_no"] == order_no), "unknown")
        if state == "closed" and not self._provider_failed():
            self.scene.fail("money was taken for a closed order: its buyer was handed the means to pay")

    def _provider_failed(self) -> bool:
        """Whether calls to the provider failed: then closing there may have been given up half-way."""
        return any(name.startswith(("provider", "web crash", "database")) for name in self.scene.story.struck)

    def _may_freeze(self, unit: int) -> bool:
        return bool(self.standing[unit].foreign_at or self.scene.story.struck["line delay_request"])

    def _facts(self) -> Facts:
        """Look at what statements wrote to since the look before."""
        database = self._stage.database
        self._latest = gather(self._stage.looker, self.standing, self._latest, database.written)
        if not database.open:  # else it may be written and not be committed yet
            database.written.clear()
        return self._latest

    def _look_anew(self) -> None:
        """See that no look overlooked anything."""
        seen, whole = self._facts().rows, gather(self._stage.looker, self.standing).rows
        overlooked = [part for part in whole if whole[part] != seen[part]]
        if overlooked:
            self.scene.fail(f"the simulation overlooked changes of {overlooked}")

    def _meters(self) -> dict[int, WatchedMeter]:
        park, plan = self._stage.park, self.scene.plan
        standing = {}
        for metered in (park.counting, park.blind, park.relay, park.other):
            meter = metered.meter
            profile = self._stage.runtime.profiles[meter.profile]
            fen = 0 if metered is park.relay else START_FEN
            row = ParkMeter(
                unit=meter.unit, profile=meter.profile, serial=meter.serial, power_w=plan.power_w, balance_fen=fen
            )
            standing[meter.unit] = WatchedMeter(self.scene, row, profile)
        standing[park.relay.meter.unit].switch.ordered_open = True
        return standing

    def _wired(self) -> SimulatedWire:
        line = ParkLine(name="line", kind=self.scene.plan.kind, pace=True)
        faults = DrawnFaults(self.scene, self.standing)
        bus = Bus(line, list(self.standing.values()), faults, lambda _: None)  # type: ignore[arg-type] # stands in for it
        for meter in self.standing.values():
            meter.darken = partial(bus.darken, meter.unit)
        return SimulatedWire(self.scene, {(HOST, PORT): bus}, self._written, self._closing)

    def _life(self, name: str) -> BridgeLife:
        stage = self._stage
        life = BridgeLife(
            self.scene, name, self._wire, dict(stage.runtime.profiles), stage.folder,
            lambda path, headers, body: wsgi(stage.app, "POST", path, "", headers, body),
        )  # fmt: skip
        life.token, life.verify_key = stage.tokens[name], stage.verify_key
        return life

    def _written(self, meter: WatchedMeter, money: Money) -> None:
        self.scene.story.tell("line", f"carries {money.amount} fen no. {money.number} to meter {meter.unit}")
        found = self._permits.write(self._facts(), meter, money, self.scene.now())
        if found:
            self.scene.fail(found)

    def _closing(self, meter: WatchedMeter) -> None:
        self.scene.story.tell("line", f"carries a closing to meter {meter.unit}")
        found = self._locks.write(self._facts(), meter, self.scene.now())
        if found:
            self.scene.fail(found)

    def _set_switches(self) -> None:
        strength = self.scene.chance.strength
        wishes = {"probe_callbacks": strength("callback probe"), "probe_responses": strength("provider probe")}
        set_switches(self._stage.sandbox, wishes)
