"""How a profile's values lie in the data of DL/T 645 frames: BCD or binary, low byte first. Pure."""

from meter_bridge.dlt645 import Dlt645Error, number_from, number_to
from meter_bridge.registers import RegisterType, Shape

_SIZES = {RegisterType.U16: 2, RegisterType.U32: 4}


def size_of(shape: Shape) -> int:
    """Return how many bytes a value takes."""
    return shape.octets or _SIZES.get(shape.type, 0)


def number_in(shape: Shape, data: bytes, ratio: int = 1) -> int:
    """Return the value of these bytes in our unit; raise Dlt645Error where they hold none.

    ratio: of the transformers before the meter, applied before anything is rounded.
    """
    _check(shape, data)
    raw = number_from(data, signed=shape.signed) if shape.type is RegisterType.BCD else int.from_bytes(data, "little")
    if shape.bit is not None:
        return raw >> shape.bit & 1
    return raw * shape.multiply * ratio // shape.divide


def text_in(shape: Shape, data: bytes) -> str:
    """Return the digits of these bytes, with leading zeros; raise Dlt645Error."""
    _check(shape, data)
    digits = data[::-1].hex()
    if not digits.isdecimal():
        raise Dlt645Error(f"{data.hex()} is no decimal number")
    return digits


def data_of(shape: Shape, value: int | str) -> bytes:
    """Return the bytes that hold a value, rounded down to the step a meter shows; raise Dlt645Error."""
    size = size_of(shape)
    if isinstance(value, str):
        return number_to(int(value), size)
    if shape.bit is not None:
        return (value << shape.bit).to_bytes(size, "little")
    raw = value * shape.divide // shape.multiply
    if shape.type is RegisterType.BCD:
        return number_to(raw, size, signed=shape.signed)
    if not 0 <= raw < 1 << 8 * size:
        raise Dlt645Error(f"{value} does not fit {size} bytes")
    return raw.to_bytes(size, "little")


def _check(shape: Shape, data: bytes) -> None:
    if len(data) != size_of(shape):
        raise Dlt645Error(f"{len(data)} bytes where {size_of(shape)} belong")
