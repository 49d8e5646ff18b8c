"""Leave out of a failing plan whatever it fails without, so that the story is short."""

from collections.abc import Callable

from tests.simulation.plan import Plan
from tests.simulation.simulation import Ended

Play = Callable[[Plan], Ended]


def shrink(failed: Ended, play: Play) -> Ended:
    """Return the smallest failure of the same promise that leaving out one part after another leads to."""
    found = True
    while found:
        found = False
        for part in failed.plan.parts:
            smaller = play(failed.plan.without(part))
            if smaller.failure is not None and smaller.promise == failed.promise:
                failed, found = smaller, True
    return failed
