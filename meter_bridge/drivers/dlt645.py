"""DL/T 645-2007, laid out as a profile says: one identifier a frame.

The meter's address is the last twelve digits of its serial number. Money goes by function 03h, identifier
070102FFh, with empty MACs: meters with an ESAM chip (the state grid's) refuse that, and are not supported.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from meter_bridge import dlt645
from meter_bridge.clock import Clock
from meter_bridge.conditions import condition_of, condition_registers
from meter_bridge.dlt645 import ADDRESS_DIGITS, Dlt645Error, Frame
from meter_bridge.dlt645_clock import CHINA, date_data, instant_of, set_clocks, time_data
from meter_bridge.dlt645_values import data_of, number_in, text_in
from meter_bridge.driver import READ_TRIES, DriverKind
from meter_bridge.line import GarbledAnswerError, Line, LineError, MeterExceptionError, OpaqueLineError
from meter_bridge.orders import CLOCK_KINDS
from meter_bridge.parameter_exchange import Told, set_parameter, told_parameters
from meter_bridge.profile import Profile
from meter_bridge.profile_model import EVIDENCE, Quantity, Register
from meter_bridge.protocol import (
    CommandKind,
    Condition,
    Evidence,
    MeterPlace,
    ParameterCode,
    ParameterSetting,
)
from meter_bridge.read_plan import Quantities
from meter_bridge.reported import evidence_of
from meter_bridge.transformers import Ratios

ORDER_LASTS = timedelta(minutes=10)  # a relay order that arrives later is not obeyed
NOT_TAKEN, UNCERTAIN = 3, 4
_OTHER_ERROR = 0x01
_SAID = {  # annex C, and the error word of the security functions
    dlt645.MONEY: ("other", "repeated", "ESAM", "authentication", "customer", "count", "over the limit", "address"),
    dlt645.RELAY: ("other", "no such data", "password", "baud rate", "zones of the year", "zones of the day", "prices"),
}


class Dlt645Driver:
    """One meter (contract: meter_bridge.driver.Driver)."""

    def __init__(self, line: Line, place: MeterPlace, profile: Profile, clock: Clock) -> None:
        self._line, self._profile, self._clock = line, profile, clock
        self._ratios = Ratios.of_place(place)
        self._address = place.serial[-ADDRESS_DIGITS:].zfill(ADDRESS_DIGITS)

    async def evidence(self, tries: int = READ_TRIES, wanted: Quantities = EVIDENCE) -> Evidence:
        """Read every identifier that is wanted; the purchase count before and after what it belongs to."""
        registers = {q: r for q, r in self._profile.registers.items() if q in EVIDENCE & wanted}
        serial, count = registers.pop(Quantity.SERIAL, None), registers.pop(Quantity.PURCHASE_COUNT, None)
        text = text_in(serial, await self._data(serial.address, tries)) if serial else None
        before = await self._number(count, tries) if count else None
        told = {address: await self._data(address, tries) for address in {r.address: 0 for r in registers.values()}}
        values = {q: _value(register, told[register.address], self._ratios.of(q)) for q, register in registers.items()}
        if count is not None:
            values[Quantity.PURCHASE_COUNT] = await self._number(count, tries)
        if before != values.get(Quantity.PURCHASE_COUNT):
            raise GarbledAnswerError("the count moved while its balance was read")
        return evidence_of(self._profile, self._clock.now(), text, values)

    async def condition(self, tries: int = READ_TRIES) -> Condition:
        """Read every identifier of the condition."""
        return await self._condition(condition_registers(self._profile), tries)

    async def poll(self, tries: int, wanted: Quantities) -> tuple[Evidence, Condition | None]:
        """Read evidence, then condition, as far as they are wanted."""
        evidence = await self.evidence(tries, wanted)
        registers = {q: r for q, r in condition_registers(self._profile).items() if q in wanted}
        return evidence, await self._condition(registers, tries) if registers else None

    async def _condition(self, registers: Mapping[Quantity, Register], tries: int) -> Condition:
        return condition_of({q: await self._number(each, tries, self._ratios.of(q)) for q, each in registers.items()})

    async def proof(self, kind: CommandKind, tries: int = READ_TRIES) -> Mapping[str, datetime | int | None]:
        """Read the clock, or what is to be cleared."""
        counter = self._profile.registers.get(Quantity.COUNTER)
        if kind in CLOCK_KINDS:
            return {"clock": await self._told_time(tries)}
        if kind is CommandKind.CLEAR_COUNTERS and counter is not None:
            return {"counter": await self._number(counter, tries)}
        return {}

    async def top_up(self, amount: int, purchase_no: int | None) -> None:
        """Write amount and number in one frame (function 03h)."""
        access, frame = self._profile.access, self._profile.writes[CommandKind.TOP_UP]
        given: dict[str, int | str] = {"amount": amount, "purchase_no": purchase_no or 0, "address": self._address}
        data = frame.address.to_bytes(4, "little") + dlt645.number_to(int(access.operator), 4)
        for field in frame.fields:
            data += data_of(field, given[field.value] if isinstance(field.value, str) else field.value)
        await self._write(dlt645.MONEY, data)

    async def order(self, kind: CommandKind) -> None:
        """Order the relay (function 1Ch) until a time, clear the demand (19h), or set the clock (14h or 08h)."""
        if kind is CommandKind.BROADCAST_CLOCK:
            await set_clocks(self._line, self._clock.now())
        elif kind is CommandKind.SYNC_CLOCK:
            await self._set_clock()
        elif kind is CommandKind.CLEAR_COUNTERS:
            await self._write(dlt645.CLEAR_DEMAND, self._credentials())
        else:
            field = self._profile.writes[kind].fields[0]
            until = dlt645.clock_data((self._clock.now() + ORDER_LASTS).astimezone(CHINA))
            await self._write(dlt645.RELAY, self._credentials() + data_of(field, int(field.value)) + b"\0" + until)

    async def parameters(self, codes: Iterable[ParameterCode], tries: int = READ_TRIES) -> Told:
        """Read every identifier of each parameter."""

        async def read(address: int, _: int) -> list[int]:
            return list(await self._data(address, tries))

        return await told_parameters(self._profile, codes, read)

    async def write_parameter(self, setting: ParameterSetting) -> None:
        """Write every identifier of a parameter by function 14h, under password and operator."""

        async def write(address: int, octets: list[int]) -> None:
            await self._line.ready()
            await self._write(dlt645.WRITE, address.to_bytes(4, "little") + self._credentials() + bytes(octets))

        await set_parameter(self._profile, setting, write)

    async def _set_clock(self) -> None:
        """Write the date, then the time of the day, each as it is then: function 14h takes one identifier."""
        place = self._profile.clock
        if place is None or place.time_address is None:
            raise OpaqueLineError("the profile does not say where the clock is")
        for address, data_at in ((place.address, date_data), (place.time_address, time_data)):
            await self._line.ready()
            data = address.to_bytes(4, "little") + self._credentials() + data_at(self._clock.now())
            await self._write(dlt645.WRITE, data)

    async def _told_time(self, tries: int) -> datetime | None:
        place = self._profile.clock
        if place is None or place.time_address is None:
            return None
        return instant_of(await self._data(place.address, tries), await self._data(place.time_address, tries))

    def _credentials(self) -> bytes:
        access = self._profile.access
        password = dlt645.number_to(int(access.level), 1) + dlt645.number_to(int(access.password), 3)
        return password + dlt645.number_to(int(access.operator), 4)

    async def _write(self, function: int, data: bytes) -> None:
        frame = self._decoded(await self._line.send(self._request(function, data), dlt645.fit))
        if frame.control & dlt645.ERROR:
            raise MeterExceptionError(*_refusal(frame))

    async def _number(self, register: Register, tries: int, ratio: int = 1) -> int:
        return _value(register, await self._data(register.address, tries), ratio)

    async def _data(self, address: int, tries: int) -> bytes:
        request = self._request(dlt645.READ, address.to_bytes(4, "little"))
        while True:
            tries -= 1
            try:
                frame = self._decoded(await self._line.ask(request, dlt645.fit))
            except LineError:
                if tries <= 0:
                    raise
                continue
            if frame.control & dlt645.ERROR:
                raise MeterExceptionError(*_refusal(frame))
            return frame.data[4:]

    def _request(self, function: int, data: bytes) -> bytes:
        try:
            return dlt645.encoded(Frame(self._address, function, data))
        except Dlt645Error as error:
            raise OpaqueLineError(str(error)) from None

    def _decoded(self, answer: bytes) -> Frame:
        try:
            return dlt645.decoded(answer)
        except Dlt645Error as error:
            raise GarbledAnswerError(str(error)) from None


def _value(register: Register, data: bytes, ratio: int = 1) -> int:
    try:
        return number_in(register, data, ratio)
    except Dlt645Error as error:
        raise GarbledAnswerError(f"{register.address:08X}h: {error}") from None


def _refusal(frame: Frame) -> tuple[int, str]:
    """Return the exception that says the same as an error answer, and its words. "Other error" leaves it open."""
    word = frame.data[0] if frame.data else _OTHER_ERROR
    names = _SAID.get(frame.function, _SAID[dlt645.RELAY])
    said = [name for bit, name in enumerate(names) if word >> bit & 1]
    return (UNCERTAIN if word & _OTHER_ERROR else NOT_TAKEN), f"error word {word:02X}h: {', '.join(said)}"


PLUGIN = DriverKind("dlt645", Dlt645Driver, needs_transparent=True)
