"""A room of the wall, opened: of one of its meters live values, what it used today, what may be done, what happened."""

from typing import Any

from flask import Response, request

from backend.accounts.models import Billing
from backend.admin.details.seeing_meters import meter_sight
from backend.admin.kit.page import blueprint, current, for_staff, go, office, scope, show
from backend.admin.wall.last_orders import orders_of_meter
from backend.admin.wall.looking import VIEW
from backend.admin.wall.opened import Drawer, drawer_of
from backend.admin.wall.sparkline import drawn
from backend.audit.queries import entries_of
from backend.kernel.db import Row, Session
from backend.metering.history.hours import day_of, spent_today
from backend.staff.roles import Permission
from meter_bridge.protocol import CreditUnit

ENTRIES = 6


@blueprint.get("/wall/rooms/<int:number>")
@for_staff(VIEW)
def wall_room(number: int) -> Response:
    """Show the drawer of a room; without htmx, the wall with this drawer open. Raises NotFoundError."""
    with office().reading() as session:
        drawer = drawer_of(session, number)
        if not request.headers.get("HX-Request"):
            return go(drawer.here)
        told = _told(session, drawer) | _beside(session, drawer)
    return show("wall_drawer.html", **told)


@blueprint.get("/wall/rooms/<int:number>/live")
@for_staff(VIEW)
def wall_room_live(number: int) -> Response:
    """Show what a meter of a room said last: the part of its drawer that is asked for again. Raises NotFoundError."""
    with office().reading() as session:
        told = _told(session, drawer_of(session, number))
    return show("wall_live.html", **told)


def _told(session: Session, drawer: Drawer) -> dict[str, Any]:
    park = drawer.story.sight.park
    told = {
        "story": drawer.story,
        "tabs": drawer.tabs,
        "here": drawer.here,
        "sight": None,
        "may_operate": current().may(Permission.OPERATE_BREAKERS, park.id),
        "may_lock": current().may(Permission.LOCK_FOR_MAINTENANCE, park.id),
        "sees_money": current().may(Permission.VIEW_MONEY, park.id),
    }
    if drawer.shown is None:
        return told
    sight = meter_sight(session, scope=scope(VIEW), meter_id=drawer.shown.meter.id)
    day = day_of(session, meter_id=sight.meter.id, zone=park.time_zone, medium=sight.medium)
    by_meter = sight.account is None or sight.account.billing is Billing.METER
    in_money = by_meter and sight.meter.credit_unit is CreditUnit.MONEY
    spent = spent_today(session, meter_id=sight.meter.id, zone=park.time_zone) if in_money else None
    return told | {"sight": sight, "day": day, "line": drawn(day.hours), "in_money": in_money, "spent": spent}


def _beside(session: Session, drawer: Drawer) -> dict[str, Any]:
    """Return what happened to a room and to the meter that is shown, the newest first."""
    reach, sight = scope(VIEW), drawer.story.sight
    subjects: list[Row] = [sight.room, *([drawer.shown.meter] if drawer.shown else [])]
    entries = [each for one in subjects for each in entries_of(session, scope=reach, subject=one, most=ENTRIES)]
    newest = sorted(entries, key=lambda entry: entry.id, reverse=True)[:ENTRIES]
    sees = drawer.shown is not None and current().may(Permission.VIEW_MONEY, sight.park.id)
    orders = orders_of_meter(session, meter_id=drawer.shown.meter.id) if sees and drawer.shown else []
    return {"entries": newest, "orders": orders}
