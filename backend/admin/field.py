"""The field page: a meter in the hand of who stands before it."""

from flask import Response, request

from backend.admin.details.meters import may_install, may_lock
from backend.admin.details.seeing_meters import meter_numbered, meter_sight
from backend.admin.kit.page import BASE, blueprint, flash, for_staff, go, office, scope, show, t
from backend.kernel.errors import NotFoundError
from backend.metering.locks.hung import hanging_locks
from backend.staff.roles import Permission

OPERATE = Permission.OPERATE_BREAKERS


@blueprint.get("/field")
@for_staff(OPERATE)
def field() -> Response:
    """Ask for a meter's number, or find the meter that was scanned: its number, or an address that ends with it."""
    told = request.args.get("number", "").strip().rstrip("/").rpartition("/")[2][:64]
    if not told:
        with office().reading() as session:
            return show("field.html", locks=hanging_locks(session, scope=scope(OPERATE)))
    try:
        with office().reading() as session:
            number = meter_numbered(session, scope=scope(OPERATE), number=told)
    except NotFoundError:
        flash(t("没有找到表号 {number}，请核对表面上的编号。", number=told), "wrong")
        return go(f"{BASE}/field")
    return go(f"{BASE}/field/{number}")


@blueprint.get("/field/<int:number>")
@for_staff(OPERATE)
def field_meter(number: int) -> Response:
    """Show a meter with what may be done to it here. Raises NotFoundError."""
    with office().reading() as session:
        sight = meter_sight(session, scope=scope(OPERATE), meter_id=number)
    told = {"may_lock": may_lock(sight), "may_install": may_install(sight)}
    return show("field_meter.html", sight=sight, may_operate=True, **told)
