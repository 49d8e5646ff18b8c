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
    CHECK = "check"


CLOSING = frozenset({CommandKind.CLOSE_BREAKER, CommandKind.KEEP_SUPPLIED, CommandKind.AUTOMATIC})
# After these a meter that is open may close by its own rules: on credit, at the time its clock shows then, or because
# an overdraft, a threshold or a limit of load is another now.
LETTING_CLOSE = frozenset(
    {CommandKind.TOP_UP, CommandKind.SYNC_CLOCK, CommandKind.BROADCAST_CLOCK, CommandKind.WRITE_PARAMETER}
)
WAITING = frozenset({CommandCause.PAYMENT})  # what was paid for waits for a lock to go; all else is asked for anew


def may_close(kind: CommandKind, supply: SupplyState | None) -> bool:
    """Whether a command can let current flow: a meter that is not known to be closed may close by itself after some."""
    return kind in CLOSING or (kind in LETTING_CLOSE and supply is not SupplyState.CLOSED)
