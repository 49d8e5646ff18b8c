"""How a value lies in 16-bit registers, and back: scaled integers and text, never a float. Pure."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt

WORD_BITS = 16
DIGITS_PER_WORD = 4


class RegisterError(ValueError):
    """A value that does not fit its registers, or registers that hold no such value."""


class RegisterType(StrEnum):
    """How a value is coded."""

    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    U64 = "u64"
    BCD = "bcd"
    ASCII = "ascii"


class WordOrder(StrEnum):
    """Which word of a value comes first."""

    HIGH_FIRST = "high_first"
    LOW_FIRST = "low_first"


_WORDS = {RegisterType.U16: 1, RegisterType.I16: 1, RegisterType.U32: 2, RegisterType.I32: 2, RegisterType.U64: 4}
_SIGNED = {RegisterType.I16, RegisterType.I32}


class Shape(BaseModel):
    """The layout of one value: our integer is raw x multiply x ratio / divide, rounded down once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: RegisterType
    words: Annotated[StrictInt, Field(ge=1, le=32)] | None = Field(
        None, description="how many registers: bcd and ascii only"
    )
    octets: Annotated[StrictInt, Field(ge=1, le=16)] | None = Field(None, description="DL/T 645 only: how many bytes")
    signed: bool = Field(default=False, description="bcd: the highest bit is a minus")
    bit: Annotated[StrictInt, Field(ge=0, le=15)] | None = Field(None, description="the one bit that counts")
    order: WordOrder = WordOrder.HIGH_FIRST
    multiply: Annotated[StrictInt, Field(ge=1)] = 1
    divide: Annotated[StrictInt, Field(ge=1)] = 1

    @cached_property
    def size(self) -> int:
        """Return how many registers the value takes."""
        return self.words or _WORDS.get(self.type) or -(-(self.octets or 1) // 2)

    def stepped(self, value: int) -> int:
        """Return what of a value the register can show: whole steps, rounded down."""
        return value - value * self.divide % self.multiply // self.divide

    def number(self, words: list[int], ratio: int = 1) -> int:
        """Return the value of these registers in our unit; raise RegisterError where they hold none.

        ratio: of the transformers before the meter (meter_bridge.transformers), applied before anything is rounded.
        """
        raw, minus = self._joined(words), False
        if self.type is RegisterType.ASCII:
            raw = _digits(self.text(words))
        elif self.type is RegisterType.BCD:
            minus = self.signed and bool(raw & self._sign)
            raw = _digits(f"{raw & ~self._sign if minus else raw:x}")
        elif self.type in _SIGNED and raw >> (self.size * WORD_BITS - 1):
            raw -= 1 << (self.size * WORD_BITS)
        if self.bit is not None:
            return raw >> self.bit & 1
        return (-raw if minus else raw) * self.multiply * ratio // self.divide

    def text(self, words: list[int]) -> str:
        """Return the value of these registers as text: digits keep their leading zeros."""
        raw = self._joined(words)
        if self.type is RegisterType.ASCII:
            return raw.to_bytes(self.size * 2, "big").decode("ascii", "replace").strip("\0 ")
        if self.type is RegisterType.BCD:
            text = f"{raw:0{self.size * DIGITS_PER_WORD}x}"
            _digits(text)
            return text
        return str(raw)

    def registers(self, value: int | str) -> list[int]:
        """Return the registers that hold this value; raise RegisterError where it does not fit exactly."""
        raw = self._raw_text(value) if isinstance(value, str) else self._raw(value)
        words = [raw >> (WORD_BITS * place) & 0xFFFF for place in range(self.size)]
        return words if self.order is WordOrder.LOW_FIRST else words[::-1]

    @property
    def _sign(self) -> int:
        return 1 << self.size * WORD_BITS - 1

    def _joined(self, words: list[int]) -> int:
        if len(words) != self.size:
            raise RegisterError(f"{len(words)} registers where {self.size} belong")
        raw = 0
        for word in words if self.order is WordOrder.HIGH_FIRST else reversed(words):
            raw = raw << WORD_BITS | word
        return raw

    def _raw(self, value: int) -> int:
        if self.bit is not None:
            return value << self.bit
        raw, rest = divmod(value * self.divide, self.multiply)
        bits = self.size * WORD_BITS
        if rest:
            raise RegisterError(f"{value} is no multiple of the register's step")
        if self.type is RegisterType.BCD and self.signed:
            return self._signed(raw)
        if self.type in (RegisterType.BCD, RegisterType.ASCII):
            return self._raw_text(f"{raw:0{self.size * DIGITS_PER_WORD}d}")
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if self.type in _SIGNED else (0, (1 << bits) - 1)
        if not low <= raw <= high:
            raise RegisterError(f"{value} does not fit {self.type.value}")
        return raw & ((1 << bits) - 1)

    def _signed(self, raw: int) -> int:
        digits = self._raw_text(f"{abs(raw):0{self.size * DIGITS_PER_WORD}d}")
        if digits & self._sign:
            raise RegisterError(f"{raw} does not fit beside the sign")
        return digits | self._sign if raw < 0 else digits

    def _raw_text(self, text: str) -> int:
        if self.type is RegisterType.ASCII and text.isascii() and len(text) <= self.size * 2:
            return int.from_bytes(text.encode("ascii").ljust(self.size * 2, b"\0"), "big")
        if self.type is RegisterType.BCD and text.isdecimal() and len(text) <= self.size * DIGITS_PER_WORD:
            return int(text, 16)
        if self.type not in (RegisterType.BCD, RegisterType.ASCII) and text.isdecimal():
            return self._raw(int(text))
        raise RegisterError(f"{text!r} does not fit {self.size} registers of {self.type.value}")


def _digits(text: str) -> int:
    if not text.isdecimal():
        raise RegisterError(f"{text!r} is no decimal number")
    return int(text)
