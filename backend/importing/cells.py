"""What stands in one cell, as a value of ours; what does not fit says so in both languages."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation, Overflow
from typing import TypeVar

from backend.estate.credit_code import is_credit_code, normalised_code
from backend.estate.holder_errors import PhoneUnfitError
from backend.estate.holders import plain_phone

T = TypeVar("T")
LONGEST = 200
LARGEST_M2 = 1_000_000
LARGEST_YUAN = 10_000_000
LARGEST_KWH = 1_000_000_000
MOST = 50
FLOAT_PLACES = 6
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
SEPARATORS = re.compile(r"[、，,;；\s]+")


class CellError(ValueError):
    """A cell does not fit."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def as_typed(told: object) -> str:
    """Return a cell as a person reads it: a number without the ".0" the file gives it, a day without midnight."""
    if isinstance(told, float):
        told = int(told) if told.is_integer() else round(told, FLOAT_PLACES)
    if isinstance(told, datetime) and told.time() == time.min:
        told = told.date()
    return str(told).strip()


def words(told: object) -> str:
    """Return text as a person reads it. Raises CellError."""
    text = as_typed(told)
    if len(text) > LONGEST:
        raise CellError(f"超过 {LONGEST} 个字符", f"longer than {LONGEST} characters")
    return text


def area_dm2(told: object) -> int:
    """Return square metres with at most two decimals as hundredths."""
    hundredths = _hundredths(told, CellError("面积应为数字（平方米）", "the area is a number of square metres"))
    if not 0 < hundredths <= LARGEST_M2 * 100:
        raise CellError("面积超出范围", "the area is out of range")
    return hundredths


def square_metres(hundredths: int) -> str:
    """Return an area as it is typed."""
    return f"{Decimal(hundredths).scaleb(-2).normalize():f}"


def signed_fen(told: object) -> int:
    """Return yuan with at most two decimals as fen; a debt is below 0."""
    fen = _hundredths(told, CellError("应为金额（元），欠费为负数", "yuan are needed; a debt is below 0"))
    if abs(fen) > LARGEST_YUAN * 100:
        raise CellError("金额超出范围", "the amount is out of range")
    return fen


def kilowatt_hours(told: object) -> int:
    """Return kWh with at most two decimals as watt-hours."""
    hundredths = _hundredths(told, CellError("应为电量（kWh）", "kWh are needed"))
    if not 0 <= hundredths <= LARGEST_KWH * 100:
        raise CellError("电量超出范围", "the energy is out of range")
    return hundredths * 10


def several(told: object) -> tuple[str, ...]:
    """Return numbers that stand in one cell, parted by commas, in order and each once."""
    parts = tuple(dict.fromkeys(part for part in SEPARATORS.split(words(told)) if part))
    if len(parts) > MOST:
        raise CellError(f"最多 {MOST} 个", f"{MOST} at most")
    return parts


def whole(least: int, most: int) -> Callable[[object], int]:
    """Return a reader of whole numbers in a range."""

    def read(told: object) -> int:
        text = words(told)
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise CellError(f"应为 {least} 至 {most} 的整数", f"a whole number from {least} to {most} is needed")
        return int(text)

    return read


def one_of(labels: Mapping[str, T]) -> Callable[[object], T]:
    """Return a reader of Chinese or English labels."""

    def read(told: object) -> T:
        text = words(told).lower()
        if text not in labels:
            known = "、".join(labels)
            raise CellError(f"应为：{known}", f"one of: {known}")
        return labels[text]

    return read


def day(told: object) -> date:
    """Return a day from a date cell, or from text like 2026-01-31."""
    if isinstance(told, datetime):
        return told.date()
    if isinstance(told, date):
        return told
    typed = DAY.fullmatch(str(told).strip())
    try:
        return date(*(int(part) for part in typed.groups())) if typed else _no_day()
    except ValueError:
        return _no_day()


def phone(told: object) -> str:
    """Return a telephone number without spaces and hyphens."""
    try:
        return plain_phone(words(told))
    except PhoneUnfitError as error:
        raise CellError(error.zh, error.en) from None


def credit_code(told: object) -> str:
    """Return a unified social credit code whose check sign fits."""
    code = normalised_code(words(told))
    if not is_credit_code(code):
        raise CellError("统一社会信用代码校验位不符", "the check sign of the credit code does not fit")
    return code


def _hundredths(told: object, error: CellError) -> int:
    try:
        exact = round(told, FLOAT_PLACES) if isinstance(told, float) else told  # a sum in a sheet may end in ...0000001
        hundredths = Decimal(str(exact).strip().replace(",", "")) * 100
    except (InvalidOperation, Overflow):
        raise error from None
    if not hundredths.is_finite():
        raise error
    if hundredths != hundredths.to_integral_value():
        raise CellError("最多两位小数", "two decimals at most")
    return int(hundredths)


def _no_day() -> date:
    raise CellError("应为日期，如 2026-01-31", "a day is needed, like 2026-01-31")
