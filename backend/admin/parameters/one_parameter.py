"""What is done about one parameter with one tap: ordered again, taken back, read."""

from flask import Response

from backend.admin.kit.page import BASE, back, blueprint, current, flash, for_staff, office, t, visitor
from backend.admin.parameters.codes import parameter_code
from backend.metering.parameters.asking import read_parameters
from backend.metering.parameters.money import SET
from backend.metering.parameters.withdrawing import withdraw
from backend.metering.parameters.writing_again import write_again
from backend.runtime import runtime


@blueprint.post("/meters/<int:number>/parameters/<word>/again")
@for_staff(SET)
def parameter_again(number: int, word: str) -> Response:
    """Order once more what is wanted."""
    code, request_id = parameter_code(word), visitor().request_id
    office().run(lambda s: write_again(s, who=current(), meter_id=number, code=code, request_id=request_id))
    return _rung(number, t("已重新下发，等待写入并回读。"))


@blueprint.post("/meters/<int:number>/parameters/<word>/withdraw")
@for_staff(SET)
def parameter_back(number: int, word: str) -> Response:
    """Take back what nobody wrote yet."""
    code, request_id = parameter_code(word), visitor().request_id
    office().run(lambda s: withdraw(s, who=current(), meter_id=number, code=code, request_id=request_id))
    return _rung(number, t("已撤回。"))


@blueprint.post("/meters/<int:number>/parameters/read")
@for_staff(SET)
def read_now(number: int) -> Response:
    """Ask the meter now what it holds."""
    who, profiles, request_id = current(), runtime().profiles, visitor().request_id
    office().run(lambda s: read_parameters(s, who=who, meter_id=number, profiles=profiles, request_id=request_id))
    return _rung(number, t("指令已提交，等待电表回读确认。"))


def _rung(number: int, said: str) -> Response:
    runtime().bell.ring("commands")
    flash(said)
    return back(f"{BASE}/meters/{number}#parameters")
