"""What goes wrong, drawn from a seed: each kind once before any comes again."""

import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from redis import RedisError

from meter_bridge.simulator.control import ask
from tests.chaos.site import Site

KILLED = ("web-1", "web-2", "bridge-api", "ticker-1", "ticker-2", "worker", "bridge-1", "bridge-2")
LINE_FAULTS = {
    "tcp": (
        "drop_request", "drop_reply", "delay_request", "delay_reply", "duplicate_request", "duplicate_reply", "garble",
        "wrong_unit", "stale_reply", "false_echo", "exception", "power_loss",
    ),
    # A transparent gateway's stale answer of the right shape cannot be told from a true one, and a gateway that sends
    # a blind write twice doubles it for good: both would be the line's fault, and would be held for a person.
    "rtu": ("drop_request", "drop_reply", "delay_reply", "duplicate_request", "garble", "wrong_unit", "power_loss"),
    "blind": ("drop_request", "drop_reply", "delay_reply", "garble", "wrong_unit", "power_loss"),
}  # fmt: skip
KINDS = (
    *(f"kill {name}" for name in KILLED),
    "kill bridge-1", "postgresql kill", "postgresql quit", "valkey kill", "valkey flush", "api refuses", "api mute",
    "gateway down", "noise", "noise", "noise", "noise",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Strike:
    """One thing that goes wrong, after so many seconds; detail chooses among its variants."""

    after: float
    kind: str
    detail: float


def plan(seed: int, gap: float) -> Iterator[Strike]:
    """Yield strikes for ever, one in `gap` seconds on average: the same seed, the same strikes."""
    chance = random.Random(seed)
    while True:
        kinds = list(KINDS)
        chance.shuffle(kinds)
        for kind in kinds:
            yield Strike(gap * chance.uniform(0.4, 1.6), kind, chance.random())


class Striker:
    """Lets strikes happen to a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.done: list[str] = []
        self._special: dict[str, Callable[[float], object]] = {
            "postgresql kill": lambda _: site.units["postgresql"].strike(),
            "postgresql quit": lambda _: site.units["postgresql"].strike(signal.SIGQUIT),
            "valkey kill": lambda _: site.units["valkey"].strike(),
            "valkey flush": lambda _: self._flush(),
            "api refuses": lambda detail: site.api.refuse(0.5 + 2 * detail),
            "api mute": lambda detail: site.api.mute(0.5 + 3 * detail),
            "gateway down": self._take_down,
            "noise": self._make_noise,
        }

    def strike(self, strike: Strike) -> None:
        """Do it now."""
        if strike.kind.startswith("kill "):
            self._site.units[strike.kind.removeprefix("kill ")].strike()
        else:
            self._special[strike.kind](strike.detail)
        self.done.append(strike.kind)

    def calm(self) -> None:
        """Let nothing go wrong on the lines any more."""
        self._ask({"do": "clear"})

    def _flush(self) -> None:
        try:
            self._site.runtime.redis.flushall()
        except RedisError:
            return  # it is down: there is nothing to flush

    def _take_down(self, detail: float) -> None:
        line = list(LINE_FAULTS)[int(detail * len(LINE_FAULTS))]
        self._ask({"do": "down", "line": line, "seconds": 0.3 + detail})

    def _make_noise(self, detail: float) -> None:
        chance = random.Random(detail)
        for line, kinds in LINE_FAULTS.items():
            for kind in chance.sample(kinds, 2):
                fault = {"kind": kind, "line": line, "on": chance.choice(("read", "write", "write", "any"))}
                seconds = chance.uniform(0.05, 0.8)
                self._ask({"do": "fault", **fault, "times": chance.randint(1, 3), "seconds": seconds})

    def _ask(self, request: dict[str, object]) -> None:
        reply = ask(self._site.control_port, request)
        assert reply["ok"], reply
