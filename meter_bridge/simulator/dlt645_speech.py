"""Functions 03h, 11h and 1Ch, said to a meter. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from meter_bridge import dlt645
from meter_bridge.dlt645 import Frame
from meter_bridge.simulator.dlt645_meter import OTHER, answered, told
from meter_bridge.simulator.meter import Meter

_READ_BYTES = 14  # of an answer with its preamble, apart from the data


@dataclass(frozen=True, slots=True)
class Dlt645Speech:
    """A frame of DL/T 645 (contract: meter_bridge.simulator.speech.Speech)."""

    frame: Frame
    meters: Mapping[str, Meter]

    @property
    def unit(self) -> int:
        """Return the unit of the meter with this address."""
        meter = self.meters.get(self.frame.address)
        return meter.unit if meter else 0

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.frame.control != dlt645.READ

    @property
    def wire_bytes(self) -> int:
        """Return how many bytes request and answer take on the bus."""
        return len(dlt645.encoded(self.frame)) + _READ_BYTES + dlt645.HEAD

    def answer(self, *, misnamed: bool) -> bytes:
        """Let the meter do it."""
        answer = answered(self.meters[self.frame.address], self.frame)
        named = str((int(answer.address) + 1) % 10**dlt645.ADDRESS_DIGITS).zfill(dlt645.ADDRESS_DIGITS)
        return dlt645.encoded(replace(answer, address=named) if misnamed else answer)

    def hear(self, at: float) -> bool:
        """Let every meter hear what is said to everybody; False for what is said to one."""
        if self.frame.address != dlt645.EVERYBODY:
            return False
        for meter in self.meters.values():
            meter.advance(at)
            told(meter, self.frame)
        return True

    def echo(self) -> bytes:
        """Return a yes."""
        return dlt645.encoded(replace(self.frame, control=self.frame.control | dlt645.ANSWER, data=self.frame.data[:4]))

    def refused(self, code: int) -> bytes:
        """Return "other error", whatever the code: what DL/T 645 says of a failure."""
        control = self.frame.control | dlt645.ANSWER | dlt645.ERROR
        return dlt645.encoded(replace(self.frame, control=control, data=bytes([OTHER])))
