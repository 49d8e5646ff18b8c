"""A room of the wall, opened: live values, what it used today, what may be done to it, what happened."""

from typing import Any

from flask import Response, request

from backend.admin.details.seeing_meters import meter_sight
from backend.admin.kit.page import BASE, blueprint, current, for_staff, go, office, scope, show
from backend.admin.wall.last_orders import orders_of_room
from backend.admin.wall.looking import VIEW
from backend.admin.wall.sieving import asked_of
from backend.admin.wall.sparkline import drawn
from backend.audit.queries import entries_of
from backend.estate.queries import RoomStory, room_story
from backend.kernel.db import Row, Session
from backend.metering.hours import day_of
from backend.metering.queries import meters_in
from backend.metering.silence import Medium
from backend.staff.roles import Permission

ENTRIES = 6


@blueprint.get("/wall/rooms/<int:number>")
@for_staff(VIEW)
def wall_room(number: int) -> Response:
    """Show the drawer of a room; without htmx, the wall with this drawer open. Raises NotFoundError."""
    with office().reading() as session:
        story = room_story(session, scope=scope(VIEW), room_id=number)
        address = _address(story)
        if not request.headers.get("HX-Request"):
            return go(address)
        told = _told(session, story) | _beside(session, story)
    return show("wall_drawer.html", here=address, **told)


@blueprint.get("/wall/rooms/<int:number>/live")
@for_staff(VIEW)
def wall_room_live(number: int) -> Response:
    """Show what the meters of a room said last: the part of its drawer that is asked for again.

    Raises NotFoundError.
    """
    with office().reading() as session:
        story = room_story(session, scope=scope(VIEW), room_id=number)
        told = _told(session, story)
    return show("wall_live.html", here=_address(story), **told)


def _address(story: RoomStory) -> str:
    """Return the address of the wall with this room open: there its forms lead back to."""
    asked = asked_of(request.args, park=story.sight.park.id, media=tuple(Medium))
    return f"{BASE}/wall?{asked.query}&room={story.sight.room.id}"


def _told(session: Session, story: RoomStory) -> dict[str, Any]:
    reach, park = scope(VIEW), story.sight.park
    meters = meters_in(session, room_id=story.sight.room.id)
    days = {meter.id: day_of(session, meter_id=meter.id, zone=park.time_zone) for meter in meters}
    return {
        "story": story,
        "sights": [meter_sight(session, scope=reach, meter_id=meter.id) for meter in meters],
        "days": days,
        "lines": {meter: drawn(day.hours) for meter, day in days.items()},
        "may_operate": current().may(Permission.OPERATE_BREAKERS, park.id),
        "may_lock": current().may(Permission.LOCK_FOR_MAINTENANCE, park.id),
        "sees_money": current().may(Permission.VIEW_MONEY, park.id),
    }


def _beside(session: Session, story: RoomStory) -> dict[str, Any]:
    """Return what happened to a room and to its meters, the newest first."""
    reach, room, sight = scope(VIEW), story.sight.room, story.sight
    subjects: list[Row] = [room, *meters_in(session, room_id=room.id)]
    entries = [each for one in subjects for each in entries_of(session, scope=reach, subject=one, most=ENTRIES)]
    newest = sorted(entries, key=lambda entry: entry.id, reverse=True)[:ENTRIES]
    sees = current().may(Permission.VIEW_MONEY, sight.park.id)
    return {"entries": newest, "orders": orders_of_room(session, room_id=room.id) if sees else []}
