"""Meters that are watched, and lines on which the drawn faults strike."""

from collections.abc import Callable
from dataclasses import dataclass

from meter_bridge.profile import Profile
from meter_bridge.protocol import CommandKind, MoneyCapability
from meter_bridge.simulator.behaviour import Wallet
from meter_bridge.simulator.controls import MeterClock
from meter_bridge.simulator.faults import Fault, FaultKind
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.park import ParkMeter
from tests.simulation.scene import START, Scene

TIMEOUT = QUIET = 1.0
LATEST_REQUEST = 8.0  # a gateway holds a request no longer than this
SHORTEST = {FaultKind.POWER_LOSS: 2.0, FaultKind.GATEWAY_DOWN: 2.0}
LONGEST = {FaultKind.POWER_LOSS: 30.0, FaultKind.GATEWAY_DOWN: 20.0, FaultKind.DELAY_REQUEST: LATEST_REQUEST}
WRITES = 3.0
SELDOM = 0.3
EXCHANGE_TAKES = 45.0  # longer than a permission, and a gateway that holds what was sent under it
HANDHELD = "meter sold by handheld"
HANDHELD_FEN = 777
CODES = (1, 2, 3, 4, 5, 6, 10, 11)


@dataclass(frozen=True, slots=True)
class Money:
    """Credit as it was written to a meter, or taken by it."""

    at: float
    amount: int
    number: int | None


class WatchedMeter(Meter):
    """A meter that remembers every purchase it took from the line, and what was done to it by others."""

    def __init__(self, scene: Scene, park: ParkMeter, profile: Profile) -> None:
        super().__init__(park, profile, 0.0)
        self._scene = scene
        self.clock = MeterClock(START)
        self.rightful = park.serial
        self.written: list[Money] = []
        self.taken: list[Money] = []
        self.doubled_fen = 0
        self.foreign_at: list[float] = []
        self._set_by: tuple[str, Wallet] | None = None
        self._doubling = 0
        self._was_reset = False
        self.darken: Callable[[float], None] = lambda _: None

    def write(self, address: int, words: list[int]) -> int:
        """Do what a write asks, and remember what was taken."""
        before = self.wallet.cumulative
        code = super().write(address, words)
        amount = self.wallet.cumulative - before
        if amount:
            self.taken.append(Money(self._scene.loop.time(), amount, self.wallet.purchase_count))
            self._scene.story.tell(f"meter {self.unit}", f"takes {amount} fen, count {self.wallet.purchase_count}")
            self._count_doubled(amount)
        return code

    def asked_to_take(self, address: int, words: list[int]) -> Money | None:
        """Return the money a write frame carries, if it carries any."""
        frame = self.profile.writes.get(CommandKind.TOP_UP)
        if frame is None or frame.address != address or frame.size != len(words):
            return None
        values = frame.values(words)
        return None if values is None else Money(self._scene.loop.time(), values["amount"], values.get("purchase_no"))

    def asked_to_close(self, address: int, words: list[int]) -> bool:
        """Whether a write frame closes the breaker."""
        frame = self.profile.writes.get(CommandKind.CLOSE_BREAKER)
        return frame is not None and (frame.address, frame.words()) == (address, words)

    def expect_double(self, *, is_due: bool) -> None:
        """Know that the gateway sends the next write twice: what comes the second time is the gateway's doing."""
        self._doubling = 2 if is_due else 0

    def sell_by_handheld(self, amount: int) -> None:
        """Let somebody else sell credit at the meter."""
        self.wallet.add(amount)
        self.foreign_at.append(self._scene.loop.time())

    def reset(self) -> None:
        """Lose every count, once: what was taken after one reset and lost by the next leaves no trace at all."""
        if self._was_reset:
            return
        self._was_reset = True
        self.wallet = Wallet()
        self.foreign_at.append(self._scene.loop.time())

    def exchange(self, serial: str) -> None:
        """Hang another meter in this one's place."""
        if self._set_by is None:
            self._set_by = (self.serial, self.wallet)
            self.serial, self.wallet = serial, Wallet()
            self.foreign_at.append(self._scene.loop.time())
            self._take_off()

    def put_back(self) -> None:
        """Hang the rightful meter back."""
        if self._set_by is not None:
            self.serial, self.wallet = self._set_by
            self._set_by = None
            self._take_off()

    def _take_off(self) -> None:
        """Wires take their time: whoever was permitted to write before an exchange may not any more behind it."""
        self.darken(self._scene.loop.time() + EXCHANGE_TAKES)

    def taken_fen(self) -> int:
        """Return what the meter took from our writes, without what a gateway doubled."""
        return sum(money.amount for money in self.taken) - self.doubled_fen

    def _count_doubled(self, amount: int) -> None:
        if self._doubling:
            self._doubling -= 1
            if not self._doubling:
                self.doubled_fen += amount


class DrawnFaults:
    """What happens to each exchange on the line, as the plan says (in place of simulator.faults.Faults)."""

    def __init__(self, scene: Scene, meters: dict[int, WatchedMeter]) -> None:
        self._scene, self._meters = scene, meters
        named = ((kind, f"line {kind.value}") for kind in FaultKind)
        self._kinds = [(kind, name) for kind, name in named if name in scene.plan.faults]

    def drawn(self, line: str, unit: int, *, write: bool) -> Fault | None:
        """Return the fault that happens to this exchange, if any."""
        fault = self._struck(unit, write=write)
        if unit in self._meters:
            self._perhaps_sold(self._meters[unit], write=write)
        if write and unit in self._meters:
            self._meters[unit].expect_double(is_due=fault is not None and fault.kind is FaultKind.DUPLICATE_REQUEST)
        return fault

    def _perhaps_sold(self, meter: WatchedMeter, *, write: bool) -> None:
        """Let a handheld sell credit between our reading and our write, or between a purchase and the next reading."""
        counts = meter.profile.money.capability is MoneyCapability.COUNTER_CAS
        weight = 1.0 if write else SELDOM
        if (write or meter.taken) and counts and self._scene.chance.strikes(HANDHELD, f"{meter.unit}", weight):
            meter.sell_by_handheld(HANDHELD_FEN)

    def _struck(self, unit: int, *, write: bool) -> Fault | None:
        chance = self._scene.chance
        where, weight = (f"unit {unit} write", WRITES) if write else (f"unit {unit} read", 1.0)
        kind = next((kind for kind, name in self._kinds if chance.strikes(name, where, weight)), None)
        if kind is None:
            return None
        longest = LONGEST.get(kind, TIMEOUT + QUIET - 0.1)
        seconds = chance.between("line seconds", SHORTEST.get(kind, 0.1), longest)
        return Fault(kind=kind, seconds=round(seconds, 3), code=chance.stream("line code").choice(CODES))
