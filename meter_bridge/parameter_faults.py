"""What can be wrong with the value of a parameter. Pure."""

from enum import StrEnum


class ParameterFault(StrEnum):
    """What is wrong with a value; the facts of the error say where."""

    NOT_OFFERED = "not_offered"
    NO_NUMBER = "no_number"
    TOO_LOW = "too_low"
    TOO_HIGH = "too_high"
    BETWEEN_STEPS = "between_steps"
    NO_PERIOD = "no_period"
    WRONG_PERIODS = "wrong_periods"
    WRONG_SHAPE = "wrong_shape"
    TOO_MANY_DAYS = "too_many_days"
    TOO_MANY_SLOTS = "too_many_slots"
    LATE_START = "late_start"
    NOT_RISING = "not_rising"
    NO_DATE = "no_date"
    NO_SCHEDULE = "no_schedule"


_WORDS = {
    ParameterFault.NOT_OFFERED: "the profile has no parameter {given}",
    ParameterFault.NO_NUMBER: "{given!r} is no whole number",
    ParameterFault.TOO_LOW: "{given} is less than {least}",
    ParameterFault.TOO_HIGH: "{given} is more than {most}",
    ParameterFault.BETWEEN_STEPS: "{given} is no multiple of {step}",
    ParameterFault.NO_PERIOD: "{given!r} is no tariff period",
    ParameterFault.WRONG_PERIODS: "periods {given} where the meter has {periods}",
    ParameterFault.WRONG_SHAPE: "{given!r} is not laid out as this parameter is",
    ParameterFault.TOO_MANY_DAYS: "{given} days where {most} fit",
    ParameterFault.TOO_MANY_SLOTS: "{given} entries where {most} fit",
    ParameterFault.LATE_START: "the day begins at {given}, not at 00:00",
    ParameterFault.NOT_RISING: "{given} does not come after {before}",
    ParameterFault.NO_DATE: "{given} is no date",
    ParameterFault.NO_SCHEDULE: "there is no schedule {given}: the meter has {most}",
}


class ParameterError(ValueError):
    """A value that is none, or that a meter cannot hold. facts: what the words of the fault name."""

    def __init__(self, fault: ParameterFault, **facts: object) -> None:
        super().__init__(_WORDS[fault].format(**facts))
        self.fault, self.facts = fault, facts
