"""Modbus holding registers, laid out as a profile says."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from meter_bridge.clock import Clock
from meter_bridge.clock_registers import CLOCK_WORDS, clock_of, clock_words
from meter_bridge.conditions import condition_of
from meter_bridge.driver import READ_TRIES, DriverKind
from meter_bridge.line import GarbledAnswerError, Line, LineError, MeterExceptionError
from meter_bridge.orders import CLOCK_KINDS
from meter_bridge.parameter_exchange import Told, set_parameter, told_parameters
from meter_bridge.profile_model import CONDITION, EVIDENCE, Profile, Quantity, Register
from meter_bridge.protocol import (
    CommandKind,
    Condition,
    Evidence,
    MeterPlace,
    ParameterCode,
    ParameterSetting,
)
from meter_bridge.read_plan import Quantities, Span, spans_of
from meter_bridge.registers import RegisterError
from meter_bridge.reported import evidence_of
from meter_bridge.transformers import Ratios

BUSY_SECONDS = 0.2
_BUSY_CODES = {5, 6}

Field = tuple[Quantity, Register, int, int]  # with where it begins and ends in its frame
Layout = tuple[Span, list[Field]]


class ModbusDriver:
    """One meter (contract: meter_bridge.driver.Driver)."""

    def __init__(self, line: Line, place: MeterPlace, profile: Profile, clock: Clock) -> None:
        self._line, self._profile, self._clock = line, profile, clock
        self._ratios = Ratios.of_place(place)
        self._unit = profile.unit_of(place.unit, place.circuit) or place.unit
        self._layouts: dict[Quantities, list[Layout]] = {}

    async def evidence(self, tries: int = READ_TRIES, wanted: Quantities = EVIDENCE) -> Evidence:
        """Read every register of the evidence that is wanted, in as few frames as the map allows."""
        return (await self.poll(tries, wanted & EVIDENCE))[0]

    async def condition(self, tries: int = READ_TRIES) -> Condition:
        """Read every register of the condition, in as few frames as the map allows."""
        return condition_of((await self._values(CONDITION, tries))[0])

    async def poll(self, tries: int, wanted: Quantities) -> tuple[Evidence, Condition | None]:
        """Read what is wanted of both in common frames; what else of the evidence lies in them comes along."""
        values, serial = await self._values(wanted, tries)
        measured = {quantity: values.pop(quantity) for quantity in CONDITION.intersection(values)}
        evidence = evidence_of(self._profile, self._clock.now(), serial, values)
        return evidence, condition_of(measured) if measured else None

    async def _values(self, wanted: Quantities, tries: int) -> tuple[dict[Quantity, int], str | None]:
        """Return the numbers read, and the serial number."""
        if wanted not in self._layouts:
            self._layouts[wanted] = _layout(self._profile, wanted)
        values: dict[Quantity, int] = {}
        serial = None
        for span, fields in self._layouts[wanted]:
            words = await self._read(span, tries)
            for quantity, register, begin, end in fields:
                try:
                    if quantity is Quantity.SERIAL:
                        serial = register.text(words[begin:end])
                    else:
                        values[quantity] = register.number(words[begin:end], self._ratios.of(quantity))
                except RegisterError as error:
                    raise GarbledAnswerError(f"{quantity.value}: {error}") from None
        return values, serial

    async def proof(self, kind: CommandKind, tries: int = READ_TRIES) -> Mapping[str, datetime | int | None]:
        """Read the clock, or what is to be cleared."""
        if kind in CLOCK_KINDS:
            return {"clock": await self._told_time(tries)}
        if kind is CommandKind.CLEAR_COUNTERS:
            return {"counter": (await self._values(frozenset({Quantity.COUNTER}), tries))[0].get(Quantity.COUNTER)}
        return {}

    async def top_up(self, amount: int, purchase_no: int | None) -> None:
        """Write amount and number in one frame."""
        frame = self._profile.writes[CommandKind.TOP_UP]
        await self._line.write(self._unit, frame.address, frame.words(amount, purchase_no))

    async def order(self, kind: CommandKind) -> None:
        """Write the frame of this kind, or the clock."""
        place = self._profile.clock
        if kind in CLOCK_KINDS and place is not None:
            await self._line.write(self._unit, place.address, clock_words(self._clock.now()))
            return
        frame = self._profile.writes[kind]
        await self._line.write(self._unit, frame.address, frame.words())

    async def parameters(self, codes: Iterable[ParameterCode], tries: int = READ_TRIES) -> Told:
        """Read each parameter by itself."""

        async def read(address: int, count: int) -> list[int]:
            return await self._read(Span(address, count), tries)

        return await told_parameters(self._profile, codes, read)

    async def write_parameter(self, setting: ParameterSetting) -> None:
        """Write the registers of a parameter, one frame for each piece."""

        async def write(address: int, words: list[int]) -> None:
            await self._line.ready()
            await self._line.write(self._unit, address, words)

        await set_parameter(self._profile, setting, write)

    async def _told_time(self, tries: int) -> datetime | None:
        place = self._profile.clock
        return None if place is None else clock_of(await self._read(Span(place.address, CLOCK_WORDS), tries))

    async def _read(self, span: Span, tries: int) -> list[int]:
        while True:
            tries -= 1
            try:
                return await self._line.read(self._unit, span.address, span.count)
            except MeterExceptionError as error:
                if error.code not in _BUSY_CODES or tries <= 0:
                    raise
                await self._clock.sleep(BUSY_SECONDS)
            except LineError:
                if tries <= 0:
                    raise


def _layout(profile: Profile, wanted: Quantities) -> list[Layout]:
    """Return the frames to read, each with what lies in it and where."""
    told = {quantity: register for quantity, register in profile.registers.items() if quantity in wanted | EVIDENCE}
    return [(span, _fields(told, span)) for span in spans_of(profile, wanted)]


def _fields(told: dict[Quantity, Register], span: Span) -> list[Field]:
    inside = ((quantity, register) for quantity, register in told.items() if register in span)
    return [(q, r, r.address - span.address, r.address - span.address + r.size) for q, r in inside]


PLUGIN = DriverKind("modbus", ModbusDriver)
