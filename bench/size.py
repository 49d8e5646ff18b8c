"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Rounds of each comparison, and how many requests or payments a round has."""

    rounds: int = 7
    requests: int = 1500
    meters: int = 480
    fixed_rate: int = 100
    fixed_seconds: float = 10
    burst: int = 1000
    payments: int = 20
    walls: tuple[int, ...] = (200, 2000, 5000)  # the last one as a list
    pages: int = 20
    fleet: int = 1_000_000
    batches: int = 8
    statistics: int = 10_000
    settle: float = 4.0  # seconds from the first poll of the last line until all run evenly
    window: float = 6.0  # and so long their polls are counted


FULL = Size()
TINY = Size(
    rounds=1,
    requests=40,
    meters=12,
    fixed_rate=50,
    fixed_seconds=0.4,
    burst=40,
    payments=1,
    walls=(8, 12, 15),
    pages=2,
    fleet=300,
    statistics=30,
    settle=0.1,
    window=1.0,
)
