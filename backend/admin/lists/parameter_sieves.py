"""Sieves of parameters of meters: which one, and how it stands."""

from sqlalchemy import ColumnElement

from backend.admin.kit.labels import label
from backend.admin.kit.language import t
from backend.admin.lists.column import Choices, Sieve
from backend.admin.lists.sieves import word_of
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.states import ParameterState, is_unsettled, parameter_state
from meter_bridge.protocol import ParameterCode

UNSETTLED, EVERY = "unsettled", "every"


def of_code() -> Sieve:
    """Find one parameter."""
    return word_of("code", "参数", MeterParameter.code, ParameterCode)


def of_state() -> Sieve:
    """Find those that stand in one way; usually those that are not settled."""
    return Sieve("state", "状态", _stands, "choice", _words, usual=UNSETTLED)


def _stands(told: str) -> ColumnElement[bool] | None:
    if told == UNSETTLED:
        return is_unsettled()
    return parameter_state() == told if told in set(ParameterState) else None


def _words(_: Session, __: Scope) -> Choices:
    return [
        (UNSETTLED, t("不一致或待处理")),
        *((word.value, label(word)) for word in ParameterState),
        (EVERY, t("全部状态")),
    ]
