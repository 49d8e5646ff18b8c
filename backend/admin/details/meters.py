"""A meter: live values, and what it was asked to do."""

from flask import Response

from backend.admin.details.seeing_meters import MeterSight, meter_sight
from backend.admin.kit.page import blueprint, current, for_staff, office, scope, show
from backend.audit.queries import entries_of
from backend.runtime import runtime
from backend.staff.roles import Permission


@blueprint.get("/meters/<int:number>")
@for_staff(Permission.VIEW_ESTATE)
def meter(number: int) -> Response:
    """Show a meter. Raises NotFoundError."""
    reach = scope(Permission.VIEW_ESTATE)
    with office().reading() as session:
        sight = meter_sight(session, scope=reach, meter_id=number)
        entries = entries_of(session, scope=reach, subject=sight.meter)
    told = {"may_operate": _may_operate(sight), "may_lock": may_lock(sight), "may_install": may_install(sight)}
    profile = runtime().profiles.get(sight.meter.profile)
    return show("meter.html", sight=sight, entries=entries, profile=profile, **told)


@blueprint.get("/meters/<int:number>/live")
@for_staff(Permission.VIEW_ESTATE)
def live(number: int) -> Response:
    """Show what a meter said last and what it was asked to do: the part of its page that is asked for again."""
    with office().reading() as session:
        sight = meter_sight(session, scope=scope(Permission.VIEW_ESTATE), meter_id=number)
    return show("live.html", sight=sight, may_operate=_may_operate(sight))


def may_lock(sight: MeterSight) -> bool:
    """Say whether who asks may hang locks here."""
    return current().may(Permission.LOCK_FOR_MAINTENANCE, sight.park.id)


def may_install(sight: MeterSight) -> bool:
    """Say whether who asks may hang another meter here."""
    return current().may(Permission.INSTALL_METERS, sight.park.id)


def _may_operate(sight: MeterSight) -> bool:
    return current().may(Permission.OPERATE_BREAKERS, sight.park.id)
