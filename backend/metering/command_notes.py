"""Why a command stopped, or a meter's money: the words that the program itself notes."""

from enum import StrEnum


class CommandNote(StrEnum):
    """What stands in the note of a command, and in the reason a meter is frozen for, unless a person wrote it."""

    EXPIRED = "expired"
    LOCKED = "locked"
    KEPT_SUPPLIED = "kept_supplied"
    REFUSED_BY_METER = "refused_by_meter"
    NOT_ABLE = "not_able"
    NO_PROFILE = "no_profile"
    AMOUNT_ABOVE_MAXIMUM = "amount_above_maximum"
    AMOUNT_BETWEEN_STEPS = "amount_between_steps"
    DOUBT = "doubt"
    METER_EXCHANGED = "meter_exchanged"
    METER_RESTATED = "meter_restated"
    FOREIGN_COUNT = "foreign_count"
    FOREIGN_WRITE = "foreign_write"
    FOREIGN_SERIAL = "foreign_serial"
