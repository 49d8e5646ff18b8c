"""Say for a breaker who opened it, and what must happen before it closes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from backend.metering.causes import CommandCause
from meter_bridge.protocol import CommandKind, SupplyState


class BreakerHolder(StrEnum):
    """Who opened a breaker, or keeps it closed."""

    NOBODY = "nobody"
    STAFF = "staff"
    PREPAID = "prepaid"
    LOAD = "load"
    TIME = "time"
    METER = "meter"
    LOCK = "lock"
    KEPT = "kept"
    UNKNOWN = "unknown"


class Remedy(StrEnum):
    """What must happen before a breaker closes, or may be closed."""

    TAKE_LOCK_OFF = "take_lock_off"
    AWAIT_COMMAND = "await_command"
    TOP_UP = "top_up"
    ORDER_CLOSING = "order_closing"
    AWAIT_TIME = "await_time"
    LOOK_THERE = "look_there"
    READ_FIRST = "read_first"
    END_KEEPING = "end_keeping"


@dataclass(frozen=True, slots=True)
class Switched:
    """The last switching of ours that a meter confirmed: what, on whose account, when."""

    kind: CommandKind
    cause: CommandCause
    at: datetime


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of a breaker. locked_since: when the oldest lock was hung; closing: a closing is under way.

    kept: the meter says that it is kept supplied.
    """

    supply: SupplyState | None
    last: Switched | None = None
    has_wallet: bool = False
    balance: int | None = None
    locked_since: datetime | None = None
    closing: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Who opened a breaker, since when as far as we know, and what must happen, in this order."""

    holder: BreakerHolder
    since: datetime | None
    remedies: Sequence[Remedy]


_REMEDY = {
    BreakerHolder.STAFF: Remedy.ORDER_CLOSING,
    BreakerHolder.LOCK: Remedy.ORDER_CLOSING,
    BreakerHolder.LOAD: Remedy.ORDER_CLOSING,
    BreakerHolder.PREPAID: Remedy.TOP_UP,
    BreakerHolder.TIME: Remedy.AWAIT_TIME,
    BreakerHolder.METER: Remedy.LOOK_THERE,
    BreakerHolder.UNKNOWN: Remedy.LOOK_THERE,
}
_CAUSED = {
    CommandCause.STAFF: BreakerHolder.STAFF,
    CommandCause.PREPAID: BreakerHolder.PREPAID,
    CommandCause.LOAD: BreakerHolder.LOAD,
    CommandCause.TIME: BreakerHolder.TIME,
}


def hold_of(breaker: Breaker) -> Hold:
    """Say who opened this breaker and what must happen; of a closed one, that nobody did, or that it is kept so."""
    locked = [Remedy.TAKE_LOCK_OFF] if breaker.locked_since is not None else []
    if breaker.supply is None:
        return Hold(BreakerHolder.UNKNOWN, None, [*locked, Remedy.READ_FIRST])
    if breaker.supply is SupplyState.CLOSED:
        return _kept_closed(breaker)
    holder, since = _opened_by(breaker)
    remedy = Remedy.AWAIT_COMMAND if breaker.closing else _REMEDY[holder]
    return Hold(holder, since, [*locked, remedy])


def _kept_closed(breaker: Breaker) -> Hold:
    if not breaker.kept:
        return Hold(BreakerHolder.NOBODY, None, ())
    by_us = breaker.last is not None and breaker.last.kind is CommandKind.KEEP_SUPPLIED
    return Hold(BreakerHolder.KEPT, breaker.last.at if breaker.last and by_us else None, [Remedy.END_KEEPING])


def _opened_by(breaker: Breaker) -> tuple[BreakerHolder, datetime | None]:
    last = breaker.last
    if last is not None and last.kind is CommandKind.OPEN_BREAKER:
        under_lock = breaker.locked_since is not None and breaker.locked_since <= last.at
        by_staff = last.cause is CommandCause.STAFF
        return (BreakerHolder.LOCK if under_lock and by_staff else _CAUSED[last.cause]), last.at
    if breaker.has_wallet and breaker.balance is not None and breaker.balance <= 0:
        return BreakerHolder.PREPAID, None
    return (BreakerHolder.METER if last is not None else BreakerHolder.UNKNOWN), None
