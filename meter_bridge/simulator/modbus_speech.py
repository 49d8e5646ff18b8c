"""Functions 3, 6 and 16, said to a meter. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from meter_bridge.simulator.framing import READ, WRITE_MANY, WRITE_ONE, Framing, Request
from meter_bridge.simulator.meter import Meter

_ILLEGAL_FUNCTION = 1
_UNITS = 247


@dataclass(frozen=True, slots=True)
class ModbusSpeech:
    """A request of Modbus (contract: meter_bridge.simulator.speech.Speech)."""

    request: Request
    framing: Framing
    meters: Mapping[int, Meter]

    @property
    def unit(self) -> int:
        """Return the unit it is for."""
        return self.request.unit

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.request.writes

    @property
    def wire_bytes(self) -> int:
        """Return how many bytes request and answer take on the bus."""
        pdu = self.request.pdu
        answer = 5 + 2 * int.from_bytes(pdu[3:5], "big") if pdu[0] == READ else 8
        return len(pdu) + 3 + answer

    def answer(self, *, misnamed: bool) -> bytes:
        """Let the meter do it."""
        unit = self.unit % _UNITS + 1 if misnamed else self.unit
        return self.framing.wrap(self.request, unit, self._pdu())

    def hear(self, at: float) -> bool:
        """Return False: nothing is said to everybody."""
        return False

    def echo(self) -> bytes:
        """Return a yes."""
        return self.framing.wrap(self.request, self.unit, self.request.pdu[:5])

    def refused(self, code: int) -> bytes:
        """Return an exception."""
        return self.framing.wrap(self.request, self.unit, bytes([self.request.pdu[0] | 0x80, code]))

    def _pdu(self) -> bytes:
        meter, pdu = self.meters[self.unit], self.request.pdu
        function, address, number = pdu[0], int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        if function == READ:
            words = meter.read(address, number)
            if isinstance(words, int):
                return bytes([function | 0x80, words])
            return bytes([function, 2 * number]) + b"".join(word.to_bytes(2, "big") for word in words)
        if function not in (WRITE_ONE, WRITE_MANY):
            return bytes([function | 0x80, _ILLEGAL_FUNCTION])
        data = pdu[3:5] if function == WRITE_ONE else pdu[6:]
        code = meter.write(address, [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)])
        return bytes([function | 0x80, code]) if code else pdu[:5]
