"""Read what was typed into the form of a parameter: exact, and in the one way that equal values are equal."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.admin.kit.language import t
from backend.admin.parameters.kinds import Measure, measure_of
from backend.admin.parameters.shape import Shape
from backend.admin.parameters.telling import why_not
from backend.metering.parameters_said import plain
from meter_bridge.protocol import ParameterError, parameter_value

NUMBER, CLOCK = re.compile(r"\d{1,18}(\.\d{1,12})?"), re.compile(r"(2[0-3]|[01]?[0-9]):([0-5][0-9])(?::00)?")
SLOT, DATE = re.compile(r"t-([0-9]{1,2})-([0-9]{1,2})"), re.compile(r"m-([0-9]{1,2})")
Typed = Mapping[str, str]


class ValueUnfitError(Exception):
    """What was typed is no value; sentences by field, "" for all of it."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__(str(dict(wrong)))
        self.wrong = wrong


def read_value(shape: Shape, typed: Typed) -> Any:
    """Return the value as JSON tells it. Raises ValueUnfitError."""
    raw: Any
    match shape.kind:
        case "prices":
            raw = _prices(shape, typed)
        case "schedules":
            raw = [_day(day, typed) for day in _filled(typed)]
        case "plan":
            raw = [
                [_whole(typed, f"m-{row}"), _whole(typed, f"d-{row}"), _whole(typed, f"s-{row}")]
                for row in _dates(typed)
            ]
        case _:
            raw = _number(measure_of(shape.code, shape.unit), typed, "value")
    try:
        return plain(parameter_value(shape.code, raw))
    except ParameterError as error:
        why = {"why": error.fault.value, **error.facts}
        field = "value" if shape.kind == "number" else ""
        raise ValueUnfitError({field: why_not(shape.code, why, shape.unit)}) from None


def typed_of(shape: Shape, value: Any) -> dict[str, str]:
    """Return what stands in the form for a value; for none an empty form."""
    measure = measure_of(shape.code, shape.unit) if shape.kind in ("number", "prices") else Measure("", 0)
    match shape.kind:
        case "prices":
            return {f"price-{period}": measure.typed(price) for period, price in (value or {}).items()}
        case "schedules":
            return dict(_typed_days(value or [[[0, shape.periods[0].value]]]))
        case "plan":
            return dict(_typed_dates(value or [[1, 1, 1]]))
        case _:
            return {} if value is None else {"value": measure.typed(value)}


def days_of(typed: Typed) -> list[int]:
    """Return the numbers of the day schedules that stand in a form."""
    return sorted({int(match[1]) for key in typed if (match := SLOT.fullmatch(key))})


def _typed_days(days: list[Any]) -> Iterator[tuple[str, str]]:
    for number, day in enumerate(days, start=1):
        for row, (minute, period) in enumerate(day):
            yield f"t-{number}-{row}", f"{minute // 60:02}:{minute % 60:02}"
            yield f"p-{number}-{row}", period


def _typed_dates(dates: list[Any]) -> Iterator[tuple[str, str]]:
    for row, parts in enumerate(dates):
        yield from ((f"{name}-{row}", str(part)) for name, part in zip("mds", parts, strict=True))


def _number(measure: Measure, typed: Typed, field: str) -> int:
    text = typed.get(field, "").replace(",", "").strip()
    if not NUMBER.fullmatch(text):
        raise ValueUnfitError({field: t("请填写数字")})
    try:
        exact = Decimal(text).scaleb(measure.places)
    except InvalidOperation:
        raise ValueUnfitError({field: t("请填写数字")}) from None
    if exact != exact.to_integral_value():
        raise ValueUnfitError({field: t("最多 {n} 位小数", n=measure.places)})
    return int(exact)


def _prices(shape: Shape, typed: Typed) -> dict[str, int]:
    measure = measure_of(shape.code, shape.unit)
    wrong: dict[str, str] = {}
    prices: dict[str, int] = {}
    for period in shape.periods:
        field = f"price-{period.value}"
        if not typed.get(field, "").strip() and not shape.every:
            continue
        try:
            prices[period.value] = _number(measure, typed, field)
        except ValueUnfitError as error:
            wrong |= error.wrong
    if wrong:
        raise ValueUnfitError(wrong)
    return prices


def _rows(day: int, typed: Typed) -> list[int]:
    """Return the rows of a day in which a time stands."""
    slots = [SLOT.fullmatch(key) for key, told in typed.items() if told.strip()]
    return sorted(int(match[2]) for match in slots if match and int(match[1]) == day)


def _filled(typed: Typed) -> list[int]:
    """Return the days with a row. Raises ValueUnfitError for an empty one between: the next would get its number."""
    filled = [day for day in days_of(typed) if _rows(day, typed)]
    before = [day for day in days_of(typed) if filled and day < filled[-1] and day not in filled]
    if before:
        raise ValueUnfitError({"": t("第 {n} 日表是空的：只能从最后一个日表删起，否则后面的日表会换号。", n=before[0])})
    return filled


def _day(day: int, typed: Typed) -> list[list[Any]]:
    slots: list[list[Any]] = []
    for row in _rows(day, typed):
        told = CLOCK.fullmatch(typed[f"t-{day}-{row}"].strip())
        if not told:
            raise ValueUnfitError({f"t-{day}-{row}": t("应为时间，如 08:00")})
        slots.append([int(told[1]) * 60 + int(told[2]), typed.get(f"p-{day}-{row}", "")])
    return slots


def _dates(typed: Typed) -> list[int]:
    return sorted(int(match[1]) for key, told in typed.items() if (match := DATE.fullmatch(key)) and told.strip())


def _whole(typed: Typed, field: str) -> int:
    text = typed.get(field, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 3):  # noqa: PLR2004 months, days and schedules are small
        raise ValueUnfitError({field: t("请填写数字")})
    return int(text)
