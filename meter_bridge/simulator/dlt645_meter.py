"""A meter as DL/T 645 sees it: what it answers to a frame. Pure."""

from meter_bridge import dlt645
from meter_bridge.dlt645 import Frame
from meter_bridge.dlt645_clock import date_data, instant_of, time_data
from meter_bridge.dlt645_values import data_of, number_in, size_of
from meter_bridge.profile_model import WriteFrame
from meter_bridge.protocol import CommandKind
from meter_bridge.simulator.meter import Meter

NO_SUCH_DATA, WRONG_PASSWORD, OTHER = 0x02, 0x04, 0x01
OVER_LIMIT, WRONG_COUNT, WRONG_CUSTOMER = 0x40, 0x20, 0x10
ORDERS = (
    CommandKind.OPEN_BREAKER,
    CommandKind.CLOSE_BREAKER,
    CommandKind.KEEP_SUPPLIED,
    CommandKind.END_KEEP_SUPPLIED,
)
_HEAD = 8  # identifier or password, then operator


def address_of(meter: Meter) -> str:
    """Return the address a meter answers to."""
    return meter.serial[-dlt645.ADDRESS_DIGITS :].zfill(dlt645.ADDRESS_DIGITS)


def answered(meter: Meter, request: Frame) -> Frame:
    """Do what a frame asks and return the answer."""
    acts = {
        dlt645.READ: _read,
        dlt645.RELAY: _switch,
        dlt645.MONEY: _take,
        dlt645.WRITE: _write,
        dlt645.CLEAR_DEMAND: _clear,
    }
    act = acts.get(request.control)
    result = act(meter, request.data) if act else NO_SUCH_DATA
    if isinstance(result, int):
        return Frame(request.address, request.control | dlt645.ANSWER | dlt645.ERROR, bytes([result]))
    return Frame(request.address, request.control | dlt645.ANSWER, result)


def _read(meter: Meter, data: bytes) -> bytes | int:
    identifier = int.from_bytes(data[:4], "little")
    shown = meter.quantities()
    there = [data_of(r, shown[q]) for q, r in meter.profile.registers.items() if r.address == identifier]
    if there:  # of bits of one word each shows its own
        word = 0
        for each in there:
            word |= int.from_bytes(each, "little")
        return data[:4] + word.to_bytes(len(there[0]), "little")
    held, place = meter.parameters.content(identifier), meter.profile.clock
    if held is not None:
        return data[:4] + bytes(held)
    if place is not None and identifier == place.address:
        return data[:4] + date_data(meter.told_time)
    if place is not None and identifier == place.time_address:
        return data[:4] + time_data(meter.told_time)
    return NO_SUCH_DATA


def told(meter: Meter, request: Frame) -> None:
    """Let a meter hear what is said to everybody, which it does not answer: the time."""
    if request.control == dlt645.CLOCK:
        year, month, day, hour, minute, second = request.data[::-1]
        instant = instant_of(bytes([0, day, month, year]), bytes([second, minute, hour]))
        meter.hear_time(instant)


def _clear(meter: Meter, data: bytes) -> bytes | int:
    if not _may(meter, data[:4]):
        return WRONG_PASSWORD
    meter.do(CommandKind.CLEAR_COUNTERS, {})
    return b""


def _write(meter: Meter, data: bytes) -> bytes | int:
    """Take a parameter; or the date or the time of the day: each leaves the other as it is."""
    place, identifier, value = meter.profile.clock, int.from_bytes(data[:4], "little"), data[12:]
    if not _may(meter, data[4:8]):
        return WRONG_PASSWORD
    taken = meter.parameters.take(identifier, list(value))
    if taken is not None:
        return b"" if taken else NO_SUCH_DATA
    if place is None or identifier not in (place.address, place.time_address):
        return NO_SUCH_DATA
    date, time = date_data(meter.told_time), time_data(meter.told_time)
    instant = instant_of(value, time) if identifier == place.address else instant_of(date, value)
    return b"" if meter.set_time(instant) else OTHER


def _may(meter: Meter, password: bytes) -> bool:
    access = meter.profile.access
    return password == dlt645.number_to(int(access.level), 1) + dlt645.number_to(int(access.password), 3)


def _switch(meter: Meter, data: bytes) -> bytes | int:
    if not _may(meter, data[:4]):
        return WRONG_PASSWORD
    for kind in ORDERS:
        frame = meter.profile.writes.get(kind)
        if frame and data[_HEAD : _HEAD + 1] == data_of(frame.fields[0], int(frame.fields[0].value)):
            return OTHER if meter.do(kind, {}) else b""
    return OTHER


def _take(meter: Meter, data: bytes) -> bytes | int:
    frame = meter.profile.writes.get(CommandKind.TOP_UP)
    if frame is None or data[:4] != frame.address.to_bytes(4, "little"):
        return NO_SUCH_DATA
    values = _values(frame, data[_HEAD:])
    if values.get("address", int(address_of(meter))) != int(address_of(meter)):
        return WRONG_CUSTOMER
    if not meter.parameters.has_room_for(meter.balance + values["amount"]):
        return OVER_LIMIT
    if meter.do(CommandKind.TOP_UP, values):
        return WRONG_COUNT
    return data[:4]


def _values(frame: WriteFrame, data: bytes) -> dict[str, int]:
    values: dict[str, int] = {}
    for field in frame.fields:
        size = size_of(field)
        if isinstance(field.value, str):
            values[field.value] = number_in(field, data[:size])
        data = data[size:]
    return values
