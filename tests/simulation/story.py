"""What happened, in the order it happened: hashed always, told when somebody wants to read it."""

import hashlib
from collections import Counter
from collections.abc import Callable


class Story:
    """The trace of one seed. clock: virtual seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._digest = hashlib.sha256()
        self.lines: list[str] = []
        self.struck: Counter[str] = Counter()

    def tell(self, who: str, what: str) -> None:
        """Add a line: who did what."""
        line = f"{self._clock():9.3f}  {who:<14} {what}"
        self._digest.update(line.encode())
        self.lines.append(line)

    def fault(self, name: str, where: str = "") -> None:
        """Add a fault that struck."""
        self.struck[name] += 1
        self.tell("FAULT", f"{name} {where}".rstrip())

    def hash(self) -> str:
        """Return what is the same whenever the same happened."""
        return self._digest.hexdigest()[:16]
