"""Whether a fault strikes now; each has its own stream of chance."""

import random

from tests.simulation.plan import Plan
from tests.simulation.story import Story

LIKELIEST = 0.95


class Chance:
    """The faults of a plan. calm: none strikes any more."""

    def __init__(self, plan: Plan, story: Story) -> None:
        self._plan, self._story = plan, story
        self._streams: dict[str, random.Random] = {}
        self.calm = False

    def stream(self, name: str) -> random.Random:
        """Return the stream of this name."""
        if name not in self._streams:
            self._streams[name] = self._plan.stream(name)
        return self._streams[name]

    def strikes(self, fault: str, where: str = "", weight: float = 1.0) -> bool:
        """Tell whether this fault strikes here and now; weight: how much likelier it is where it matters."""
        strength = self._plan.faults.get(fault)
        if strength is None or self.calm or self.stream(fault).random() >= min(strength * weight, LIKELIEST):
            return False
        self._story.fault(fault, where)
        return True

    def strength(self, fault: str) -> float:
        """Return how strong a fault is; 0 when it is off."""
        return 0.0 if self.calm else self._plan.faults.get(fault, 0.0)

    def between(self, stream: str, low: float, high: float) -> float:
        """Draw a number."""
        return self.stream(stream).uniform(low, high)
