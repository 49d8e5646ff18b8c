"""The words of the protocol: kinds and states. Pure."""

from enum import StrEnum


class MoneyCapability(StrEnum):
    """By which rule a meter takes credit."""

    COUNTER_CAS = "counter_cas"
    ADDITIVE_BLIND = "additive_blind"
    PLATFORM_WALLET = "platform_wallet"


class CreditUnit(StrEnum):
    """What the credit in a meter is counted in."""

    MONEY = "money"
    ENERGY = "energy"


class SupplyState(StrEnum):
    """What the breaker of a meter does, as read from the meter."""

    CLOSED = "closed"
    OPEN = "open"


class CommandKind(StrEnum):
    """What a bridge can be asked to do to a meter."""

    TOP_UP = "top_up"
    OPEN_BREAKER = "open_breaker"
    CLOSE_BREAKER = "close_breaker"
    READ_NOW = "read_now"
    KEEP_SUPPLIED = "keep_supplied"  # whatever the credit, the load or the time
    END_KEEP_SUPPLIED = "end_keep_supplied"
    AUTOMATIC = "automatic"  # no longer forced: the meter switches by its own rules
    SYNC_CLOCK = "sync_clock"
    BROADCAST_CLOCK = "broadcast_clock"  # to all meters of the line; proved by this one
    CLEAR_COUNTERS = "clear_counters"
    WRITE_PARAMETER = "write_parameter"  # one of them, as the order says
    READ_PARAMETERS = "read_parameters"  # all that the profile knows


class Phase(StrEnum):
    """Whether a command may be written, or must only be read back."""

    DELIVER = "deliver"
    VERIFY = "verify"


class WriteResult(StrEnum):
    """What a bridge saw of its own write. None of them is success: only evidence is."""

    NONE = "none"  # this bridge did not write
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # the meter said no
    UNANSWERED = "unanswered"  # timeout, disconnect, garbled answer
    UNSEEN = "unseen"  # another run of the bridge may have written


class CommandState(StrEnum):
    """What became of a command."""

    QUEUED = "queued"
    LEASED = "leased"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    HELD = "held"
    CANCELLED = "cancelled"
