"""How what is wanted of a parameter compares with what the meter said, for one row and in a query."""

from enum import StrEnum

from sqlalchemy import ColumnElement, case

from backend.metering.command_models import MeterCommand
from backend.metering.parameter_models import MeterParameter
from meter_bridge.protocol import CommandState


class ParameterState(StrEnum):
    """How a parameter of a meter stands."""

    SAME = "same"
    WAITING = "waiting"
    WRITING = "writing"
    DRIFT = "drift"
    REFUSED = "refused"
    NOT_POSSIBLE = "not_possible"
    NOT_TOLD = "not_told"
    NEVER_READ = "never_read"
    NOT_WANTED = "not_wanted"


UNDER_WAY = (CommandState.LEASED, CommandState.SENDING, CommandState.UNKNOWN, CommandState.HELD)
OPEN = (CommandState.QUEUED, *UNDER_WAY)


# What somebody must look at, the most urgent first, and then what only takes its time.
CALLING = (
    ParameterState.REFUSED,
    ParameterState.DRIFT,
    ParameterState.NOT_POSSIBLE,
    ParameterState.NOT_TOLD,
    ParameterState.NEVER_READ,
    ParameterState.WRITING,
    ParameterState.WAITING,
)


def is_unsettled() -> ColumnElement[bool]:
    """Say in a query that a MeterParameter is wanted, and not known to be in its meter."""
    return MeterParameter.wanted.is_not(None) & (parameter_state() != ParameterState.SAME.value)


def urgency() -> ColumnElement[int]:
    """Return how soon a person is needed, 0 for the most urgent, of a MeterParameter with its MeterCommand."""
    ranks = {state.value: rank for rank, state in enumerate(CALLING)}
    wanted = MeterParameter.wanted.is_not(None)
    return case((wanted, case(ranks, value=parameter_state(), else_=len(ranks))), else_=len(ranks) + 1)


def parameter_state() -> ColumnElement[str]:
    """Return the state of a MeterParameter with its MeterCommand, joined outer, as a word."""
    told, state = MeterParameter, MeterCommand.state
    never, unlike = told.read_at.is_(None), told.actual.is_distinct_from(told.wanted)
    return case(
        (told.unfit.is_not(None), ParameterState.NOT_POSSIBLE.value),
        (state == CommandState.QUEUED, ParameterState.WAITING.value),
        (state.in_(UNDER_WAY), ParameterState.WRITING.value),
        (told.wanted.is_(None) & never, ParameterState.NEVER_READ.value),
        (told.wanted.is_(None), ParameterState.NOT_WANTED.value),
        ((state == CommandState.REFUSED) & unlike, ParameterState.REFUSED.value),
        (never, ParameterState.NEVER_READ.value),
        (told.actual.is_(None), ParameterState.NOT_TOLD.value),
        (unlike, ParameterState.DRIFT.value),
        else_=ParameterState.SAME.value,
    )
