"""What a seed is: who buys what and when, and which faults strike how strongly. Drawn once, shrunk by leaving out."""

import random
from dataclasses import dataclass, field, replace

from tests.simulation.situations import SITUATIONS, Situation

GROUPS: dict[str, dict[str, tuple[float, float]]] = {
    "callbacks": {  # callbacks of the provider
        "callback late": (0.2, 0.9),
        "callback twice": (0.2, 0.9),
        "callback never": (0.2, 0.9),
        "callback forged": (0.2, 0.8),
        "callback garbled": (0.2, 0.8),
        "callback old": (0.2, 0.8),
        "callback probe": (0.1, 0.5),
        "callback lost": (0.1, 0.5),
        "callback answer lost": (0.1, 0.6),
    },
    "processes": {  # processes of the backend, at each of their steps
        "web crash": (0.005, 0.05),
        "bridge API crash": (0.005, 0.03),
        "ticker crash": (0.005, 0.05),
        "worker crash": (0.01, 0.1),
        "clock jump": (0.1, 0.5),
    },
    "stores": {  # the database and Redis
        "database down": (0.01, 0.06),
        "database fails at commit": (0.01, 0.08),
        "database asks again": (0.02, 0.2),
        "database answer lost": (0.01, 0.08),
        "applying fails": (0.1, 0.4),
        "bell lost": (0.1, 1.0),
        "Redis gone": (0.1, 1.0),
    },
    "provider": {  # calls to the provider
        "provider unreachable": (0.05, 0.4),
        "provider answer lost": (0.05, 0.4),
        "provider error": (0.05, 0.4),
        "provider probe": (0.05, 0.4),
    },
    "network": {  # between bridges and their API
        "API request lost": (0.02, 0.2),
        "API request late": (0.02, 0.15),
        "API answer lost": (0.02, 0.2),
    },
    "bridges": {  # bridges, at each of their steps
        "bridge crash": (0.01, 0.1),
        "bridge paused": (0.05, 0.3),
        "bridge succeeded": (0.3, 1.0),
        "bridge clock jump": (0.1, 0.5),
    },
    "lines": {  # lines, at each exchange
        "line drop_request": (0.02, 0.35),
        "line drop_reply": (0.02, 0.35),
        "line delay_request": (0.02, 0.25),
        "line delay_reply": (0.02, 0.25),
        "line duplicate_request": (0.02, 0.35),
        "line duplicate_reply": (0.02, 0.35),
        "line garble": (0.02, 0.35),
        "line wrong_unit": (0.02, 0.3),
        "line stale_reply": (0.02, 0.25),
        "line false_echo": (0.05, 0.35),
        "line exception": (0.02, 0.3),
        "line power_loss": (0.02, 0.15),
        "line gateway_down": (0.01, 0.08),
    },
    "meters": {  # meters, every five seconds each
        "meter sold by handheld": (0.1, 0.6),
        "meter reset": (0.02, 0.15),
        "meter exchanged": (0.02, 0.15),
    },
}
FAULTS = {name: strength for group in GROUPS.values() for name, strength in group.items()}
HEAVY = ("bridges", "lines", "meters", "stores")  # drawn more often: most that can go wrong needs one of them
HABITS = ("plain",) * 8 + (
    "taps twice", "changes the amount", "resumes", "abandons", "pays twice", "pays another amount",
    "pays too late", "pays another app's order", "tells again", "pays the one before",
)  # fmt: skip
METERS = (*["counting"] * 3, *["blind"] * 3, "relay", "relay", "other")
DENSITIES = (0.0, 0.05, 0.15, 0.15, 0.3, 0.5)
ORDERS = (1, 2, 2, 3, 4)
BUYING = (2.0, 10.0, 25.0)
SCATTERED, FOCUS, LOYALTY = 0.25, 0.7, 0.7
SITUATED, BESIDE = 0.5, 0.03
SAFETY = (20.0, 25.0, 30.0, 35.0, 40.0, 90.0)
THOROUGH = 0.2
LOCKS, LOCKED = "maintenance locks", 0.25
OFTEN = (0.15, 0.7)
# By which no money moves: in thorough seeds only.
SELDOM = frozenset(
    (
        *("events", "deliveries", "proofs", "pulse"),
        *("seals", "approvals", "registers", "partitions", "walks", "parameters"),
    )
)


@dataclass(frozen=True, slots=True)
class Purchase:
    """Somebody buys: when, at which meter, for how much, and with which habit."""

    name: str
    at: float
    meter: str
    amount_fen: int
    habit: str


@dataclass(frozen=True)
class Plan:
    """Everything that is decided before the first step; all else follows from the seed.

    thorough: events are told, messages go out, and the product proves its own money, too.
    """

    seed: int
    purchases: tuple[Purchase, ...]
    faults: dict[str, float]
    kind: str
    bridges: int
    power_w: int
    safety: float
    thorough: bool = True
    left_out: frozenset[str] = field(default=frozenset())
    locks: float = 0.0  # how often staff hang maintenance locks, take them off, and order breakers about

    def stream(self, name: str) -> random.Random:
        """Return a source of chance of its own for each name, so that leaving one thing out changes no other."""
        return random.Random(f"{self.seed}:{name}")

    def without(self, part: str) -> "Plan":
        """Leave out a fault or a purchase by its name."""
        kept = {name: strength for name, strength in self.faults.items() if name != part}
        purchases = tuple(purchase for purchase in self.purchases if purchase.name != part)
        often = 0.0 if part == LOCKS else self.locks
        return replace(self, faults=kept, purchases=purchases, locks=often, left_out=self.left_out | {part})

    @property
    def parts(self) -> list[str]:
        """Return the names of everything that can be left out."""
        return [*self.faults, *([LOCKS] if self.locks else []), *(purchase.name for purchase in self.purchases)]


def draw(seed: int) -> Plan:
    """Draw the plan of a seed, with maintenance locks in some."""
    chance = random.Random(f"locks {seed}")
    often = round(chance.uniform(*OFTEN), 3) if chance.random() < LOCKED else 0.0
    return replace(_drawn(seed), locks=often)


def _drawn(seed: int) -> Plan:
    """Draw few faults in some, many in others, each with its own strength."""
    chance = random.Random(f"plan {seed}")
    if chance.random() < SITUATED:
        return _situated(chance, seed, chance.choice(SITUATIONS))
    favourite, within = chance.choice(METERS), chance.choice(BUYING)
    return Plan(
        seed=seed,
        purchases=tuple(_purchase(chance, number, favourite, within) for number in range(chance.choice(ORDERS))),
        faults=_scattered(chance) if chance.random() < SCATTERED else _focused(chance),
        kind=chance.choice(("modbus_tcp", "rtu_over_tcp")),
        bridges=chance.choice((1, 1, 2)),
        power_w=chance.choice((0, 600, 3000)),
        safety=chance.choice(SAFETY),
        thorough=chance.random() < THOROUGH,
    )


def _situated(chance: random.Random, seed: int, situation: Situation) -> Plan:
    """Draw a plan in this corner, with a little of everything else."""
    faults = {name: round(chance.uniform(most / 2, most), 3) for name, most in situation.faults.items()}
    beside = {name: _strength(chance, name) for name in FAULTS if name not in faults and chance.random() < BESIDE}
    purchases = [
        _purchase(chance, number, situation.meter, situation.within, situation.habits)
        for number in range(chance.choice(situation.purchases))
    ]
    return Plan(
        seed=seed,
        purchases=tuple(replace(purchase, meter=situation.meter) for purchase in purchases),
        faults=faults | beside,
        kind=chance.choice(("modbus_tcp", "rtu_over_tcp")),
        bridges=situation.bridges,
        power_w=situation.power_w,
        safety=situation.safety,
        thorough=chance.random() < THOROUGH,
    )


def near(plan: Plan, count: int) -> list[Plan]:
    """Return this plan and others with the same purchases and faults, which happen by other chances."""
    return [replace(plan, seed=plan.seed + number) for number in range(count)]


def _scattered(chance: random.Random) -> dict[str, float]:
    """Draw a few faults of every kind."""
    density = chance.choice(DENSITIES)
    return {name: _strength(chance, name) for name in FAULTS if chance.random() < density}


def _focused(chance: random.Random) -> dict[str, float]:
    """Draw many faults of few kinds."""
    groups = dict.fromkeys(chance.sample([*sorted(GROUPS), *HEAVY], chance.choice((1, 2, 3, 3))))
    return {name: _strength(chance, name) for group in groups for name in GROUPS[group] if chance.random() < FOCUS}


def _strength(chance: random.Random, name: str) -> float:
    return round(chance.uniform(*FAULTS[name]), 3)


def _purchase(
    chance: random.Random, number: int, favourite: str, within: float, habits: tuple[str, ...] = HABITS
) -> Purchase:
    return Purchase(
        name=f"purchase {number + 1}",
        at=round(chance.uniform(0.0, within), 3),
        meter=favourite if chance.random() < LOYALTY else chance.choice(METERS),
        amount_fen=chance.choice((100, 500, 1000, 2000, 5000, 10_000)) + chance.randrange(100),
        habit=chance.choice(habits),
    )
