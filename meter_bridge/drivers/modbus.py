"""Modbus holding registers, laid out as a profile says."""

from meter_bridge.clock import Clock
from meter_bridge.conditions import condition_of, condition_registers
from meter_bridge.driver import READ_TRIES, DriverKind
from meter_bridge.line import GarbledAnswerError, Line, LineError, MeterExceptionError
from meter_bridge.profile import Profile
from meter_bridge.profile_model import EVIDENCE, Quantity
from meter_bridge.protocol import CommandKind, Condition, Evidence, MeterPlace
from meter_bridge.read_plan import Span, evidence_spans, spans
from meter_bridge.registers import RegisterError
from meter_bridge.reported import evidence_of

BUSY_SECONDS = 0.2
_BUSY_CODES = {5, 6}


class ModbusDriver:
    """One meter (contract: meter_bridge.driver.Driver)."""

    def __init__(self, line: Line, place: MeterPlace, profile: Profile, clock: Clock) -> None:
        self._line, self._profile, self._clock = line, profile, clock
        self._unit = profile.unit_of(place.unit, place.circuit) or place.unit
        self._spans = evidence_spans(profile)

    async def evidence(self, tries: int = READ_TRIES) -> Evidence:
        """Read every register of the evidence, in as few frames as the map allows."""
        frames = {span: await self._read(span, tries) for span in self._spans}
        values: dict[Quantity, int] = {}
        serial = None
        for quantity, register in self._profile.registers.items():
            span = next((span for span in frames if quantity in EVIDENCE and register in span), None)
            if span is None:
                continue
            words = frames[span][register.address - span.address :][: register.size]
            try:
                if quantity is Quantity.SERIAL:
                    serial = register.text(words)
                else:
                    values[quantity] = register.number(words)
            except RegisterError as error:
                raise GarbledAnswerError(f"{quantity.value}: {error}") from None
        return evidence_of(self._profile, self._clock.now(), serial, values)

    async def condition(self, tries: int = READ_TRIES) -> Condition:
        """Read every register of the condition, in as few frames as the map allows."""
        registers = condition_registers(self._profile)
        words = {span: await self._read(span, tries) for span in spans(registers.values())}
        values: dict[Quantity, int] = {}
        for quantity, register in registers.items():
            span = next(span for span in words if register in span)
            try:
                values[quantity] = register.number(words[span][register.address - span.address :][: register.size])
            except RegisterError as error:
                raise GarbledAnswerError(f"{quantity.value}: {error}") from None
        return condition_of(values)

    async def top_up(self, amount: int, purchase_no: int | None) -> None:
        """Write amount and number in one frame."""
        frame = self._profile.writes[CommandKind.TOP_UP]
        await self._line.write(self._unit, frame.address, frame.words(amount, purchase_no))

    async def switch(self, kind: CommandKind) -> None:
        """Write the relay."""
        frame = self._profile.writes[kind]
        await self._line.write(self._unit, frame.address, frame.words())

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


PLUGIN = DriverKind("modbus", ModbusDriver)
