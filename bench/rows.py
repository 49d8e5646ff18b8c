"""One row of the table, and the table: on the terminal, in Markdown and in JSON. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, against what. value: what the goal speaks of, met when it is within it.

    goal: ">= 0.40" or "<= 50"; baseline and ratio are None where the goal is not a ratio.
    """

    id: str
    what: str
    ours: float
    baseline: float | None
    ratio: float | None
    goal: str
    unit: str
    when: str
    failures: int = 0

    @property
    def met(self) -> bool:
        """Whether the goal is reached; an answer that was an error fails the row whatever it measured."""
        sign, bound = self.goal.split()
        value = self.ours if self.ratio is None else self.ratio
        within = value >= float(bound) if sign == ">=" else value <= float(bound)
        return within and self.failures == 0


HEAD = ("row", "what", "ours", "baseline", "ratio", "goal", "unit", "met", "when")


def cells(row: Row) -> tuple[str, ...]:
    """Return the texts of a row."""
    met = "yes" if row.met else f"no, {row.failures} error answers" if row.failures else "no"
    numbers = (figure(row.ours), figure(row.baseline), "" if row.ratio is None else f"{row.ratio:.2f}")
    return (row.id, row.what, *numbers, goal_of(row), row.unit, met, row.when)


def goal_of(row: Row) -> str:
    """Return the goal with what it speaks of."""
    return f"{'ratio' if row.ratio is not None else 'ours'} {row.goal.replace('>=', '≥').replace('<=', '≤')}"


def figure(number: float | None) -> str:
    """Return a number with three significant digits, and none behind the point from a hundred up."""
    if number is None:
        return ""
    if abs(number) >= 100:  # noqa: PLR2004 the sentence says it
        return f"{number:.0f}"
    return f"{number:.3g}"


def markdown(rows: Iterable[Row]) -> str:
    """Return the table in Markdown."""
    lines = [HEAD, tuple("---" for _ in HEAD), *map(cells, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plain(rows: Iterable[Row]) -> str:
    """Return the table for a terminal, without the column of times."""
    lines = [HEAD[:-1], *(cells(row)[:-1] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD) - 1)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def as_json(row: Row) -> dict[str, Any]:
    """Return a row as it stands in docs/benchmarks.json, under its id."""
    return {name: value for name, value in asdict(row).items() if name != "id"} | {"met": row.met}


def from_json(name: str, told: Mapping[str, Any]) -> Row:
    """Return the row that as_json wrote."""
    return Row(id=name, **{key: value for key, value in told.items() if key != "met"})
