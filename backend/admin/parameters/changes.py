"""A change of parameters: who wants what, whether a second person agreed, and what came of it at each meter."""

from flask import Response

from backend.admin.kit.page import BASE, blueprint, current, flash, for_staff, go, office, scope, show, t, visitor
from backend.admin.parameters.allowed import may_set_parameter
from backend.admin.parameters.seeing_changes import change_sight
from backend.metering.parameters.carrying_out import carry_out
from backend.metering.parameters.money import SET
from backend.metering.parameters.writing_change_again import write_change_again
from backend.runtime import runtime
from backend.staff.roles import Permission

VIEW = Permission.VIEW_ESTATE


@blueprint.get("/parameter-changes/<int:number>")
@for_staff(VIEW)
def parameter_change(number: int) -> Response:
    """Show a change with what came of it. Raises NotFoundError."""
    with office().reading() as session:
        sight = change_sight(session, scope=scope(VIEW), change_id=number)
    may = all(may_set_parameter(code, sight.change.park_id) for code in sight.change.values)
    return show("parameter_change.html", sight=sight, may=may)


@blueprint.post("/parameter-changes/<int:number>/carry-out")
@for_staff(SET)
def carry_change_out(number: int) -> Response:
    """Carry out what two persons agreed to; needs the password told again."""
    who, profiles, request_id = current(), runtime().profiles, visitor().request_id
    office().run(lambda s: carry_out(s, who=who, change_id=number, profiles=profiles, request_id=request_id))
    runtime().bell.ring("commands")
    flash(t("已下发，等待各表写入并回读。"))
    return go(f"{BASE}/parameter-changes/{number}")


@blueprint.post("/parameter-changes/<int:number>/again")
@for_staff(SET)
def change_again(number: int) -> Response:
    """Order once more what came to nothing; needs the password told again for what is about money."""
    who, request_id = current(), visitor().request_id
    count = office().run(lambda s: write_change_again(s, who=who, change_id=number, request_id=request_id))
    runtime().bell.ring("commands")
    flash(t("已重新下发 {n} 项，等待写入并回读。", n=count))
    return go(f"{BASE}/parameter-changes/{number}")
