"""The arithmetic of measurements. Pure."""

from collections.abc import Callable, Sequence
from math import ceil
from statistics import median

Measure = Callable[[], float]


def percentile(samples: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile: the least sample that so many percent of all do not exceed."""
    if not samples or not 0 < percent <= 100:  # noqa: PLR2004 the word says it
        raise ValueError("a percentile needs samples, and a percentage above 0 and up to 100")
    return sorted(samples)[ceil(percent / 100 * len(samples)) - 1]


def interleaved(measures: Sequence[Measure], rounds: int) -> list[list[float]]:
    """Measure one after another, round by round, so that a noisy minute hits all; returns one list a measure.

    Every other round goes backwards, so that none is always the one that comes first.
    """
    taken: list[list[float]] = [[] for _ in measures]
    for number in range(rounds):
        order = range(len(measures)) if number % 2 == 0 else reversed(range(len(measures)))
        for which in order:
            taken[which].append(measures[which]())
    return taken


def ratio_of_rounds(ours: Sequence[float], baseline: Sequence[float]) -> float:
    """Return the median of the rounds' own ratios: ours and baseline of one round saw the same machine."""
    return median(mine / bare for mine, bare in zip(ours, baseline, strict=True))
