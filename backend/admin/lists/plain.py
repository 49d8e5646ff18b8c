"""Values of a row as plain words, for pages and for files."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from backend.admin.kit.labels import action, field_name, field_value, named
from backend.admin.kit.language import t
from backend.admin.lists.column import Column
from backend.kernel.entropy import CHINA
from backend.kernel.masking import masked_name, masked_phone
from backend.metering.lines.silence import Medium

SCALES = {"money": -2, "energy": -3, "area": -2}
UNITS = {"money": "元", "energy": "kWh", "area": "m²"}
Plain = str | int | Decimal | None


def masked(column: Column, value: Any) -> Any:
    """Return a personal value as those see it who may not see all of it."""
    if not column.personal or value is None:
        return value
    return masked_phone(value) if column.personal == "phone" else masked_name(value)


def heading(column: Column) -> str:
    """Return the title of a column in a file, with its unit."""
    unit = UNITS.get(column.kind)
    return f"{t(column.title)} ({t(unit) if unit == '元' else unit})" if unit else t(column.title)


def medium_in(column: Column, row: Any) -> str:
    """Return of what medium a word in a row tells; rows of sums tell of none."""
    return str(row.get(column.medium) or Medium.ELECTRICITY)


def plain(column: Column, value: Any, medium: str = Medium.ELECTRICITY) -> Plain:
    """Return a value as it stands in a file: numbers as numbers, times by the clock of the park."""
    if value is None:
        return None
    if column.kind in SCALES:
        return Decimal(int(value)).scaleb(SCALES[column.kind])
    if column.kind == "number":
        return int(value)
    return _words(column, value, medium)


def _words(column: Column, value: Any, medium: str) -> str:
    if column.kind == "word":
        return named(column.enum, value, medium)
    if column.kind == "words":
        return ", ".join(named(column.enum, each) for each in value.split(","))
    if column.kind == "action":
        return action(value)
    if column.kind == "parameter":
        return field_value(column.kind, value)
    return _written(value)


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "; ".join(
            f"{field_name(name)}: {field_value(name, each)}" for name, each in value.items() if each is not None
        )
    return str(value)
