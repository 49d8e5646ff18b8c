"""What every rule of the sandbox works on; the seams a simulation replaces."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.books import Books
from sandbox.clock import Clock, system_clock
from sandbox.keys import Keys

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def no_bell() -> None:
    """Ring nobody: somebody else asks the courier to look."""


@dataclass(frozen=True)
class World:
    """Books, keys, time and chance; `ring` wakes whoever delivers callbacks."""

    books: Books
    keys: Keys
    clock: Clock = system_clock
    entropy: random.Random = field(default_factory=random.SystemRandom)
    time_scale: float = 1.0
    ring: Callable[[], None] = no_bell

    def text(self, length: int) -> str:
        """Draw lower-case letters and digits."""
        return "".join(self.entropy.choices(LETTERS, k=length))

    def digits(self, length: int) -> str:
        """Draw digits."""
        return "".join(self.entropy.choices(LETTERS[:10], k=length))
