"""A building, floor by floor."""

from itertools import groupby
from typing import Any

from flask import Response

from backend.admin.kit.page import blueprint, for_staff, office, scope, show
from backend.audit.queries import entries_of
from backend.estate.models import Park
from backend.estate.places import building_inside
from backend.estate.queries import RoomFilter, rooms_seen
from backend.staff.roles import Permission

VIEW = Permission.VIEW_ESTATE
MOST = 2_000


@blueprint.get("/buildings/<int:number>")
@for_staff(VIEW)
def building(number: int) -> Response:
    """Show a building with its rooms by floor, the lowest first. Raises NotFoundError."""
    reach = scope(VIEW)
    with office().reading() as session:
        seen = building_inside(session, scope=reach, building_id=number)
        rooms = rooms_seen(session, scope=reach, wanted=RoomFilter(building_id=number), most=MOST)
        told: dict[str, Any] = {
            "building": seen,
            "park": session.get_one(Park, seen.park_id),
            "floors": [(floor, list(those)) for floor, those in groupby(rooms, key=lambda each: each.room.floor)],
            "entries": entries_of(session, scope=reach, subject=seen),
        }
    return show("building.html", **told)
