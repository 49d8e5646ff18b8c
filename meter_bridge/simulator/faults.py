"""Faults on demand: what happens to which exchange, once, some times, or with a rate. Pure."""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class FaultKind(StrEnum):
    """What can go wrong."""

    DROP_REQUEST = "drop_request"  # never reaches the meter
    DROP_REPLY = "drop_reply"  # done, the answer is lost
    DELAY_REQUEST = "delay_request"  # done late, answered then
    DELAY_REPLY = "delay_reply"  # done at once, answered late
    DUPLICATE_REQUEST = "duplicate_request"  # the gateway sends it twice
    DUPLICATE_REPLY = "duplicate_reply"
    GARBLE = "garble"  # bits of the answer flipped
    WRONG_UNIT = "wrong_unit"  # answered in the name of another unit
    STALE_REPLY = "stale_reply"  # the answer to the request before, in place of this one's
    FALSE_ECHO = "false_echo"  # acknowledged, not done
    EXCEPTION = "exception"  # answered with an exception code, not done
    POWER_LOSS = "power_loss"  # done, then the meter is dark for some seconds: no answer
    GATEWAY_DOWN = "gateway_down"  # connections broken and refused for some seconds


class Fault(BaseModel):
    """A fault that waits for its exchanges. times 0: until cleared. rate: which share of the matching ones."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    line: str | None = None
    unit: int | None = None
    on: Literal["read", "write", "any"] = "any"
    skip: Annotated[int, Field(ge=0)] = 0
    times: Annotated[int, Field(ge=0)] = 1
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    seconds: Annotated[float, Field(ge=0)] = 1.0
    code: Annotated[int, Field(ge=1, le=255)] = 4


@dataclass(slots=True)
class Faults:
    """The faults of a park, in the order they were asked for; the first that fits happens."""

    chance: random.Random
    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Let a fault wait."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.waiting.clear()

    def drawn(self, line: str, unit: int, *, write: bool) -> Fault | None:
        """Return the fault that happens to this exchange, if any."""
        for fault in self.waiting:
            if not _concerns(fault, line, unit, write=write):
                continue
            if fault.skip:
                fault.skip -= 1
            elif self.chance.random() < fault.rate:
                self._used(fault)
                return fault
        return None

    def _used(self, fault: Fault) -> None:
        if fault.times == 1:
            self.waiting.remove(fault)
        elif fault.times:
            fault.times -= 1


def _concerns(fault: Fault, line: str, unit: int, *, write: bool) -> bool:
    there = fault.line in (None, line) and fault.unit in (None, unit)
    return there and fault.on in ("any", "write" if write else "read")
