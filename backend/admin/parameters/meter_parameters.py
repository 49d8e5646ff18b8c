"""Another value for one parameter of one meter."""

from typing import Any

from flask import Response, request

from backend.admin.details.seeing_meters import MeterSight, meter_sight
from backend.admin.kit.page import (
    BASE,
    blueprint,
    current,
    for_staff,
    is_proved,
    office,
    prove_first,
    scope,
    t,
    visitor,
)
from backend.admin.parameters.asking import ask_value, take_value
from backend.admin.parameters.codes import parameter_code
from backend.admin.parameters.meter_form import asked_of
from backend.admin.parameters.reading import ValueUnfitError
from backend.admin.parameters.telling import why_not
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.metering.parameters.changing import propose
from backend.metering.parameters.money import SET, is_priced
from backend.metering.parameters.seeing import ParameterSight, parameters_of
from backend.metering.parameters.unfit import unfit_for
from backend.metering.parameters.wish import ParameterWish
from backend.runtime import runtime


@blueprint.get("/meters/<int:number>/parameters/<word>")
@for_staff(SET)
def change_parameter_page(number: int, word: str) -> Response:
    """Ask for another value, beginning with what is wanted, or with what the meter holds. Raises NotFoundError."""
    sight, one = _seen(number, word)
    if is_priced([one.code]) and not is_proved():
        return prove_first()
    begins = one.actual if request.args.get("from") == "actual" or one.wanted is None else one.wanted
    return ask_value(asked_of(sight, one), begins)


@blueprint.post("/meters/<int:number>/parameters/<word>")
@for_staff(SET)
def change_parameter(number: int, word: str) -> Response:
    """Want another value; prices and schedules are agreed on by a second person first."""
    sight, one = _seen(number, word)
    meter, page = sight.meter, f"{BASE}/meters/{number}#parameters"

    def wanted(session: Session, value: Any, reason: str) -> tuple[str, str]:
        unit, profiles = meter.credit_unit, runtime().profiles
        unfit = unfit_for(meter, one.code, value, credit_unit=unit, profiles=profiles)
        if unfit:
            raise ValueUnfitError({"value" if isinstance(value, int) else "": why_not(one.code, unfit, unit)})
        wish = ParameterWish({one.code: value}, (number,), unit, reason)
        change = propose(session, who=current(), wish=wish, profiles=profiles, request_id=visitor().request_id)
        if change.carried_out_at is None:
            return t("已提交两人审批：同意后还要在变更页点“下发到电表”。"), f"{BASE}/parameter-changes/{change.id}"
        return t("已提交，等待写入并回读。"), page

    answer = take_value(asked_of(sight, one), wanted)
    runtime().bell.ring("commands")
    return answer


def _seen(number: int, word: str) -> tuple[MeterSight, ParameterSight]:
    code = parameter_code(word)
    with office().reading() as session:
        sight = meter_sight(session, scope=scope(SET), meter_id=number)
        seen = parameters_of(session, meter=sight.meter, profiles=runtime().profiles)
    one = next((each for each in seen if each.code is code), None)
    if one is None:
        raise NotFoundError
    return sight, one
