"""Why a meter is asked to do something, and which of its commands can let current flow. Pure."""

from enum import StrEnum

from meter_bridge.protocol import CommandKind, SupplyState


class CommandCause(StrEnum):
    """On whose account a command was queued."""

    PAYMENT = "payment"
    STAFF = "staff"
    PREPAID = "prepaid"
    LOAD = "load"
    TIME = "time"


CLOSING = frozenset({CommandKind.CLOSE_BREAKER})
WAITING = frozenset({CommandCause.PAYMENT})  # what was paid for waits for a lock to go; all else is asked for anew


def may_close(kind: CommandKind, supply: SupplyState | None) -> bool:
    """Whether a command can let current flow: a meter that is not known to be closed may close by itself on credit."""
    return kind in CLOSING or (kind is CommandKind.TOP_UP and supply is not SupplyState.CLOSED)
