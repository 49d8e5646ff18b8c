"""A meter as DL/T 645 sees it: what it answers to a frame. Pure."""

from meter_bridge import dlt645
from meter_bridge.dlt645 import Frame
from meter_bridge.dlt645_values import data_of, number_in, size_of
from meter_bridge.profile_model import WriteFrame
from meter_bridge.protocol import CommandKind
from meter_bridge.simulator.meter import Meter

NO_SUCH_DATA, WRONG_PASSWORD, OTHER = 0x02, 0x04, 0x01
WRONG_COUNT, WRONG_CUSTOMER = 0x20, 0x10
_HEAD = 8  # identifier or password, then operator


def address_of(meter: Meter) -> str:
    """Return the address a meter answers to."""
    return meter.serial[-dlt645.ADDRESS_DIGITS :].zfill(dlt645.ADDRESS_DIGITS)


def answered(meter: Meter, request: Frame) -> Frame:
    """Do what a frame asks and return the answer."""
    acts = {dlt645.READ: _read, dlt645.RELAY: _switch, dlt645.MONEY: _take}
    act = acts.get(request.control)
    result = act(meter, request.data) if act else NO_SUCH_DATA
    if isinstance(result, int):
        return Frame(request.address, request.control | dlt645.ANSWER | dlt645.ERROR, bytes([result]))
    return Frame(request.address, request.control | dlt645.ANSWER, result)


def _read(meter: Meter, data: bytes) -> bytes | int:
    identifier = int.from_bytes(data[:4], "little")
    shown = meter.quantities()
    there = [data_of(r, shown[q]) for q, r in meter.profile.registers.items() if r.address == identifier]
    if not there:
        return NO_SUCH_DATA
    word = 0  # of bits of one word each shows its own
    for each in there:
        word |= int.from_bytes(each, "little")
    return data[:4] + word.to_bytes(len(there[0]), "little")


def _switch(meter: Meter, data: bytes) -> bytes | int:
    access = meter.profile.access
    if data[:4] != dlt645.number_to(int(access.level), 1) + dlt645.number_to(int(access.password), 3):
        return WRONG_PASSWORD
    for kind in (CommandKind.OPEN_BREAKER, CommandKind.CLOSE_BREAKER):
        frame = meter.profile.writes.get(kind)
        if frame and data[_HEAD : _HEAD + 1] == data_of(frame.fields[0], int(frame.fields[0].value)):
            meter.do(kind, {})
            return b""
    return OTHER


def _take(meter: Meter, data: bytes) -> bytes | int:
    frame = meter.profile.writes.get(CommandKind.TOP_UP)
    if frame is None or data[:4] != frame.address.to_bytes(4, "little"):
        return NO_SUCH_DATA
    values = _values(frame, data[_HEAD:])
    if values.get("address", int(address_of(meter))) != int(address_of(meter)):
        return WRONG_CUSTOMER
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
