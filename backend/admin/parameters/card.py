"""How the parameters of one meter stand."""

from typing import Any

from flask import Response

from backend.admin.details.seeing_meters import meter_sight
from backend.admin.kit.page import blueprint, current, for_staff, office, scope, show
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.parameters.money import SET
from backend.metering.parameters.seeing import parameters_of
from backend.metering.parameters.states import ParameterState
from backend.metering.parameters.waiting import waiting_changes
from backend.runtime import runtime
from backend.staff.roles import Permission
from meter_bridge.protocol import CommandKind

VIEW, BUSY = Permission.VIEW_ESTATE, (ParameterState.WAITING, ParameterState.WRITING)


@blueprint.get("/meters/<int:number>/parameters")
@for_staff(VIEW)
def parameters_now(number: int) -> Response:
    """Show how the parameters of a meter stand: the part of its page that is asked for again."""
    with office().reading() as session:
        sight = meter_sight(session, scope=scope(VIEW), meter_id=number)
        seen = parameters_of(session, meter=sight.meter, profiles=runtime().profiles)
        waiting = waiting_changes(session, meter_id=number)
    may = current().may(SET, sight.park.id)
    busy = any(each.state in BUSY for each in seen) or any(_is_reading(each) for each in sight.commands)
    told: dict[str, Any] = {
        "busy": busy,
        "parameters": seen,
        "waiting": waiting,
        "may_set": may,
    }
    return show("parameters_now.html", sight=sight, **told)


def _is_reading(command: MeterCommand) -> bool:
    return command.kind is CommandKind.READ_PARAMETERS and command.state in UNSETTLED
