"""What is known of each planted bug: after how many seeds it was found, and the plan that found it.

With the plan the bug can be shown again at once, and near it when the simulation has changed since.
"""

from dataclasses import asdict, dataclass
from json import dumps, loads
from pathlib import Path

FILE = Path(__file__).with_name("found.jsonl")


@dataclass(frozen=True, slots=True)
class Bite:
    """What became of a planted bug. found: after this many of the seeds played; plan: the line that keeps it."""

    name: str
    played: int
    promise: str
    plan: str = ""

    @property
    def found(self) -> int | None:
        """After how many seeds it was found; None when it was not."""
        return self.played if self.plan else None


def known() -> dict[str, Bite]:
    """Return what was found, by the name of the patch."""
    lines = FILE.read_text().splitlines() if FILE.exists() else []
    bites = [Bite(**loads(line)) for line in lines]
    return {bite.name: bite for bite in bites}


def remember(bites: dict[str, Bite]) -> None:
    """Write the file anew."""
    FILE.write_text("".join(dumps(asdict(bites[name]), ensure_ascii=False) + "\n" for name in sorted(bites)))
