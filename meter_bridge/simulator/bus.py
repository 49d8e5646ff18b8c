"""A line as bytes in, bytes out: the same for real sockets and for a simulation under virtual time. Pure."""

from collections.abc import Callable

from meter_bridge.simulator.dlt645_meter import address_of
from meter_bridge.simulator.dlt645_speech import Dlt645Speech
from meter_bridge.simulator.faults import Faults
from meter_bridge.simulator.framing import FRAMINGS, Request
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.mishaps import MISHAPS, Due, Exchange
from meter_bridge.simulator.modbus_speech import ModbusSpeech
from meter_bridge.simulator.park import ParkLine
from meter_bridge.simulator.speech import Speech

BITS_PER_BYTE = 10


class Bus:
    """The meters of one line. saved: called with a meter before its write is answered, and must make it durable."""

    def __init__(self, line: ParkLine, meters: list[Meter], faults: Faults, saved: Callable[[Meter], None]) -> None:
        self.name, self.framing = line.name, FRAMINGS[line.kind]
        self.meters = {meter.unit: meter for meter in meters}
        self._by_address = {address_of(meter): meter for meter in meters if meter.profile.driver == "dlt645"}
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

    def darken(self, unit: int, until: float) -> None:
        """Take a meter off the bus until then."""
        self._dark_until[unit] = until

    def received(self, stream: bytearray, now: float) -> list[Due]:
        """Take every whole request out of what came and say what follows."""
        follows: list[Due] = []
        while not self.down(now) and (request := self.framing.cut(stream)) is not None:
            follows += self._follows(request, now)
        return follows

    def _follows(self, request: Request, now: float) -> list[Due]:
        speech = self._speech(request)
        unit = speech.unit
        fault = self._faults.drawn(self.name, unit, write=request.writes)
        delay = self._paced(speech, now)
        if fault is None:
            return [Due(delay, lambda at: self._done(speech, at))]
        exchange = Exchange(
            delay=delay,
            done=lambda at: self._done(speech, at),
            misnamed=lambda at: self._done(speech, at, misnamed=True),
            echo=speech.echo,
            refused=speech.refused,
            garbled=self.framing.garbled,
            last=lambda: self._last_answer,
            dark=lambda until: self.darken(unit, until),
            down=lambda: self.break_down(now + fault.seconds),
        )
        return MISHAPS[fault.kind](exchange, fault)

    def _speech(self, request: Request) -> Speech:
        if request.frame is not None:
            return Dlt645Speech(request.frame, self._by_address)
        return ModbusSpeech(request, self.framing, self.meters)

    def _done(self, speech: Speech, at: float, *, misnamed: bool = False) -> bytes | None:
        """Let the meter do it; None when there is none, or no power."""
        if speech.hear(at):
            for each in self.meters.values():
                self._saved(each)
            return None
        meter = self.meters.get(speech.unit)
        if meter is None or at < self._dark_until.get(speech.unit, float("-inf")):
            return None
        meter.advance(at)
        answer = speech.answer(misnamed=misnamed)
        if speech.writes:
            self._saved(meter)
        self._last_answer = answer
        return answer

    def _paced(self, speech: Speech, now: float) -> float:
        """Return when the exchange ends on a bus of this baud rate, one exchange at a time."""
        if not self._line.pace:
            return 0.0
        wire = speech.wire_bytes * BITS_PER_BYTE / self._line.baud
        self._free_at = max(now, self._free_at) + wire + self._line.turnaround_ms / 1000
        return self._free_at - now
