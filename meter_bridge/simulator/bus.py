"""A line as bytes in, bytes out: the same for real sockets and for a simulation under virtual time. Pure."""

from collections.abc import Callable

from meter_bridge.simulator.faults import Faults
from meter_bridge.simulator.framing import FRAMINGS, READ, WRITE_MANY, WRITE_ONE, Request
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.mishaps import MISHAPS, Due, Exchange
from meter_bridge.simulator.park import ParkLine

BITS_PER_BYTE = 10
_ILLEGAL_FUNCTION = 1


class Bus:
    """The meters of one line. saved: called with a meter before its write is answered, and must make it durable."""

    def __init__(self, line: ParkLine, meters: list[Meter], faults: Faults, saved: Callable[[Meter], None]) -> None:
        self.name, self.framing = line.name, FRAMINGS[line.kind]
        self.meters = {meter.unit: meter for meter in meters}
        self._line, self._faults, self._saved = line, faults, saved
        self._free_at = 0.0
        self._dark_until: dict[int, float] = {}
        self._down_until = float("-inf")
        self._last_answer = b""

    def down(self, now: float) -> bool:
        """Whether the gateway takes no connections now."""
        return now < self._down_until

    def break_down(self, until: float) -> None:
        """Take no connections and break those there are, until then."""
        self._down_until = until

    def received(self, stream: bytearray, now: float) -> list[Due]:
        """Take every whole request out of what came and say what follows."""
        follows: list[Due] = []
        while not self.down(now) and (request := self.framing.cut(stream)) is not None:
            follows += self._follows(request, now)
        return follows

    def _follows(self, request: Request, now: float) -> list[Due]:
        write = request.pdu[0] in (WRITE_ONE, WRITE_MANY)
        fault = self._faults.drawn(self.name, request.unit, write=write)
        delay = self._paced(request, now)
        if fault is None:
            return [Due(delay, lambda at: self._done(request, request.unit, at))]
        exchange = Exchange(
            pdu=request.pdu,
            delay=delay,
            done=lambda at: self._done(request, request.unit, at),
            misnamed=lambda at: self._done(request, request.unit % 247 + 1, at),
            wrapped=lambda pdu: self.framing.wrap(request, request.unit, pdu),
            garbled=self.framing.garbled,
            last=lambda: self._last_answer,
            dark=lambda until: self._dark_until.update({request.unit: until}),
            down=lambda: self.break_down(now + fault.seconds),
        )
        return MISHAPS[fault.kind](exchange, fault)

    def _done(self, request: Request, named: int, at: float) -> bytes | None:
        """Let the meter do it; return the answer, in the name of this unit."""
        pdu = self._answer(request, at)
        if pdu is None:
            return None
        self._last_answer = self.framing.wrap(request, named, pdu)
        return self._last_answer

    def _answer(self, request: Request, at: float) -> bytes | None:
        """Let the meter do what is asked; None when there is none, or no power."""
        meter = self.meters.get(request.unit)
        if meter is None or at < self._dark_until.get(request.unit, float("-inf")):
            return None
        meter.advance(at)
        pdu, function = request.pdu, request.pdu[0]
        address, number = int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        if function == READ:
            words = meter.read(address, number)
            if isinstance(words, int):
                return bytes([function | 0x80, words])
            return bytes([function, 2 * number]) + b"".join(word.to_bytes(2, "big") for word in words)
        if function not in (WRITE_ONE, WRITE_MANY):
            return bytes([function | 0x80, _ILLEGAL_FUNCTION])
        data = pdu[3:5] if function == WRITE_ONE else pdu[6:]
        code = meter.write(address, [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)])
        self._saved(meter)
        return bytes([function | 0x80, code]) if code else pdu[:5]

    def _paced(self, request: Request, now: float) -> float:
        """Return when the exchange ends on a bus of this baud rate, one exchange at a time."""
        if not self._line.pace:
            return 0.0
        answer = 5 + 2 * int.from_bytes(request.pdu[3:5], "big") if request.pdu[0] == READ else 8
        wire = (len(request.pdu) + 3 + answer) * BITS_PER_BYTE / self._line.baud
        self._free_at = max(now, self._free_at) + wire + self._line.turnaround_ms / 1000
        return self._free_at - now
