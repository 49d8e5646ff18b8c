"""What to do next with a command: pure rules, apart from lines, clocks and the backend."""

from enum import Enum, auto

from meter_bridge.judging import Verdict
from meter_bridge.line import LineError, MeterExceptionError
from meter_bridge.parameter_codec import coding_of, extents
from meter_bridge.profile import Profile
from meter_bridge.protocol import CommandKind, MoneyCapability, Order, WriteResult

MAX_WRITES = 3

_DOUBTFULNESS = [WriteResult.NONE, WriteResult.REFUSED, WriteResult.ACKNOWLEDGED, WriteResult.UNANSWERED]


class Step(Enum):
    """What to do next."""

    REPORT = auto()
    LOOK_AGAIN = auto()  # after the quiet time, on a fresh connection
    WRITE_AGAIN = auto()


def may_repeat(kind: CommandKind, capability: MoneyCapability) -> bool:
    """Whether writing the same order twice does the same as writing it once: the meter decides, not we."""
    return kind is not CommandKind.TOP_UP or capability is MoneyCapability.COUNTER_CAS


def exchanges_of(order: Order, profile: Profile) -> int:
    """Return how many frames the write takes: the last of them must end within the lease, too."""
    if order.parameter is None:
        return 1
    return len(extents(coding_of(profile.driver), profile.parameters.places[order.parameter.code]))


def seen_of(error: LineError | None) -> WriteResult:
    """Say what a write's end shows. Only exceptions 1, 2 and 3 are a no; a line that was down took nothing."""
    if error is None:
        return WriteResult.ACKNOWLEDGED
    if isinstance(error, MeterExceptionError):
        return WriteResult.REFUSED if error.refused else WriteResult.UNANSWERED
    return WriteResult.UNANSWERED if error.may_have_arrived else WriteResult.NONE


def worse(one: WriteResult, other: WriteResult) -> WriteResult:
    """Return the more doubtful of two writes of one order: a late one may still arrive."""
    return max(one, other, key=_DOUBTFULNESS.index)


def next_step(verdict: Verdict, *, fresh: bool, repeatable: bool, writes: int, may_write: bool) -> Step:
    """Say what follows a read-back.

    fresh: it was read after the quiet time on a fresh connection, so that no late answer posed as it.
    may_write: the deadline allows it, the line is ours and the meter did not refuse.
    """
    if verdict is Verdict.APPLIED:
        return Step.REPORT
    if not fresh:
        return Step.LOOK_AGAIN
    if verdict is Verdict.NOT_APPLIED and repeatable and may_write and writes < MAX_WRITES:
        return Step.WRITE_AGAIN
    return Step.REPORT
