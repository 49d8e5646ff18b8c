"""The operations page, and pages of a gateway and of a line."""

from typing import Any

from flask import Response, request

from backend.admin.kit.page import blueprint, current, for_staff, looked_at, office, scope, show
from backend.admin.lines.seeing_bridges import bridges_seen
from backend.admin.lines.seeing_lines import gateway_seen, line_seen, lines_of_gateway, lines_seen
from backend.admin.lines.seeing_meters_placed import meters_placed
from backend.admin.lines.waiting_commands import commands_waiting
from backend.admin.lines.words import framing, kind_of_error, kind_of_line, octets, packet
from backend.runtime import runtime
from backend.staff.roles import Permission

VIEW = Permission.VIEW_ESTATE
WORDS = {"kind_of_line": kind_of_line, "kind_of_error": kind_of_error, "framing": framing, "octets": octets}


@blueprint.get("/operations")
@for_staff(VIEW)
def operations() -> Response:
    """Show how bridges and lines go, what waits, and who called in vain."""
    reach, profiles = looked_at(VIEW), runtime().profiles
    with office().reading() as session:
        lines = lines_seen(session, scope=reach, profiles=profiles)
        bridges = bridges_seen(session, scope=reach, lines=lines)
        waiting = commands_waiting(session, scope=reach)
    strangers = [(sight.bridge, call) for sight in bridges for call in sight.bridge.refused_calls or ()]
    told = {"lines": lines, "bridges": bridges, "waiting": waiting, "strangers": strangers, "packet": packet}
    return show(_inner("operations"), **told, **WORDS)


@blueprint.get("/gateways/<int:number>")
@for_staff(VIEW)
def gateway(number: int) -> Response:
    """Show a gateway, its lines and their meters. Raises NotFoundError."""
    reach, profiles = scope(VIEW), runtime().profiles
    with office().reading() as session:
        found, park = gateway_seen(session, scope=reach, gateway_id=number)
        lines = lines_of_gateway(session, scope=reach, gateway_id=number, profiles=profiles)
        meters = meters_placed(session, line_ids=[sight.line.id for sight in lines], profiles=profiles)
    told: dict[str, Any] = {"gateway": found, "park": park, "lines": lines, "meters": meters}
    return show(_inner("gateway"), **told, **WORDS, profiles=profiles)


@blueprint.get("/lines/<int:number>")
@for_staff(VIEW)
def line(number: int) -> Response:
    """Show a line with all that is known of it, and its meters. Raises NotFoundError."""
    reach, profiles = scope(VIEW), runtime().profiles
    with office().reading() as session:
        sight = line_seen(session, scope=reach, line_id=number, profiles=profiles)
        meters = meters_placed(session, line_ids=[number], profiles=profiles)
    may_operate = current().may(Permission.OPERATE_BREAKERS, sight.park.id)
    return show(_inner("line"), sight=sight, meters=meters, may_operate=may_operate, **WORDS, profiles=profiles)


def _inner(name: str) -> str:
    """Return the template of a page, or of the part of it that is asked for again."""
    return f"{name}_now.html" if request.headers.get("HX-Request") else f"{name}.html"
