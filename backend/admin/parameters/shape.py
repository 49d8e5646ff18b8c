"""What the form of a parameter has room for: of one model, or of any."""

from dataclasses import dataclass

from backend.admin.kit.language import t
from backend.admin.parameters.kinds import ValueKind, kind_of, measure_of
from backend.admin.parameters.telling import t_unit
from meter_bridge.profile import NumberPlace, PlanPlace, PricesPlace, Profile, SchedulesPlace
from meter_bridge.protocol import CreditUnit, ParameterCode, TariffPeriod

MOST_DAYS, MOST_ROWS = 8, 14


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked for: periods that have a price or count, so many day schedules of so many rows. hint: the range."""

    code: ParameterCode
    unit: CreditUnit
    periods: tuple[TariffPeriod, ...] = tuple(TariffPeriod)
    days: int = MOST_DAYS
    rows: int = MOST_ROWS
    hint: str = ""
    every: bool = False  # each period needs a price

    @property
    def kind(self) -> ValueKind:
        """What kind of value it is."""
        return kind_of(self.code)

    @property
    def measure(self) -> str:
        """In which unit numbers are typed, in the reader's language."""
        word = measure_of(self.code, self.unit).unit if self.kind in ("number", "prices") else ""
        return t(word) if word and not word.isascii() else word


def shape_of(code: ParameterCode, unit: CreditUnit, profile: Profile | None) -> Shape:
    """Return what a model has room for; without one, what any may have."""
    place = profile.parameters.places.get(code) if profile else None
    match place:
        case PricesPlace():
            return Shape(code, unit, tuple(place.periods), hint=_range(code, unit, place), every=True)
        case NumberPlace():
            return Shape(code, unit, hint=_range(code, unit, place))
        case SchedulesPlace():
            return Shape(code, unit, tuple(place.periods), len(place.addresses), place.slots)
        case PlanPlace():
            return Shape(code, unit, days=place.schedules, rows=place.slots)
        case _:
            return Shape(code, unit)


def _range(code: ParameterCode, unit: CreditUnit, place: NumberPlace) -> str:
    measure = measure_of(code, unit)
    least, most, step = (t_unit(measure.written(number)) for number in (place.least, place.most, place.step))
    return t("{least} 至 {most}，最小单位 {step}", least=least, most=most, step=step)
