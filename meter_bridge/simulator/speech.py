"""The contract of a request in the language it came in: whom it is for, what is answered, how long it takes."""

from typing import Protocol


class Speech(Protocol):
    """A request and what can be said to it."""

    @property
    def unit(self) -> int:
        """Return the unit it is for; 0 for nobody here."""

    @property
    def writes(self) -> bool:
        """Whether it changes something."""

    @property
    def wire_bytes(self) -> int:
        """Return how many bytes request and answer take on the bus."""

    def answer(self, *, misnamed: bool) -> bytes:
        """Let the meter do it and return its answer; misnamed: in another meter's name."""

    def hear(self, at: float) -> bool:
        """Let every meter hear what is said to everybody, and is not answered; False for what is said to one."""

    def echo(self) -> bytes:
        """Return a yes, without doing it."""

    def refused(self, code: int) -> bytes:
        """Return a no, without doing it."""
