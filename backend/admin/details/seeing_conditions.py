"""What a meter measures, as a table of its phases, with the worst of the day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.kernel.db import Session
from backend.metering.history.condition_models import ConditionDay
from backend.metering.history.conditions import condition_of, extremes_today
from backend.metering.history.power_quality import current_unbalance, unbalance
from meter_bridge.protocol import Alarm, Condition


@dataclass(frozen=True, slots=True)
class Row:
    """A measured value (condition_parts.html has the words): its unit, what each phase shows, and all of them."""

    name: str
    unit: str
    phases: Sequence[str]
    total: str | None = None


@dataclass(frozen=True, slots=True)
class ConditionSight:
    """The newest condition of a meter and the extremes of its day; unbalance in per cent."""

    read_at: datetime | None
    alarms_at: datetime | None
    alarms: Sequence[Alarm] | None
    rows: Sequence[Row]
    three_phases: bool
    unbalance: Sequence[tuple[str, str]]
    frequency: str | None
    today: ConditionDay | None


def condition_sight(session: Session, *, meter_id: int, zone: str) -> ConditionSight | None:
    """Return what a meter measured last; None when it never told."""
    known = condition_of(session, meter_id=meter_id)
    if known is None:
        return None
    condition = known.condition
    apart = (
        ("voltage_unbalance", unbalance(condition.voltage_mv)),
        ("current_unbalance", current_unbalance(condition)),
    )
    rows = [row for row in _rows(condition) if row.phases or row.total]
    return ConditionSight(
        read_at=known.measured_at,
        alarms_at=known.alarms_at,
        alarms=condition.alarms,
        rows=rows,
        three_phases=any(len(row.phases) > 1 for row in rows),
        unbalance=[(name, scaled(value, 2)) for name, value in apart if value is not None],
        frequency=None if condition.frequency_mhz is None else scaled(condition.frequency_mhz // 10, 2),
        today=extremes_today(session, meter_id=meter_id, zone=zone),
    )


def scaled(value: int, places: int) -> str:
    """Write an integer as a decimal with so many places; never through a float."""
    whole, part = divmod(abs(value), 10**places)
    return f"{'-' if value < 0 else ''}{whole}.{part:0{places}d}"


def _rows(told: Condition) -> Iterator[Row]:
    def each(values: Sequence[int] | None, places: int, per: int = 1) -> list[str]:
        return [scaled(value // per, places) for value in values or ()]

    def total(value: int | None) -> str | None:
        return None if value is None else scaled(value, 3)

    yield Row("voltage", "V", each(told.voltage_mv, 1, 100))
    yield Row("current", "A", each(told.current_ma, 2, 10))
    yield Row("power", "kW", each(told.phase_power_w, 3), total(told.power_w))
    yield Row("reactive", "kvar", each(told.phase_reactive_var, 3), total(told.reactive_var))
    yield Row("power_factor", "", each(told.phase_power_factor, 3), total(told.power_factor))
    yield Row("voltage_thd", "%", each(told.voltage_thd, 2))
    yield Row("current_thd", "%", each(told.current_thd, 2))
