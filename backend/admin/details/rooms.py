"""A room: who holds and held it, its meters, what it came from."""

from collections import defaultdict
from typing import Any

from flask import Response
from sqlalchemy import select

from backend.admin.kit.media import medium_of_model
from backend.admin.kit.page import blueprint, for_staff, office, scope, show
from backend.audit.queries import entries_of
from backend.estate.models import Holder
from backend.estate.queries import room_story
from backend.kernel.entropy import CHINA
from backend.metering.lock_queries import locks_of
from backend.metering.models import Meter
from backend.metering.queries import views_of
from backend.staff.roles import Permission
from backend.supply.holds import holds_of


@blueprint.get("/rooms/<int:number>")
@for_staff(Permission.VIEW_ESTATE)
def room(number: int) -> Response:
    """Show a room. Raises NotFoundError."""
    reach = scope(Permission.VIEW_ESTATE)
    with office().reading() as session:
        story = room_story(session, scope=reach, room_id=number)
        known = {tenancy.holder_id for tenancy in story.tenancies}
        holders = {each.id: each for each in session.scalars(select(Holder).where(Holder.id.in_(known)))}
        meters = session.scalars(select(Meter).filter_by(room_id=number).order_by(Meter.state, Meter.id)).all()
        told: dict[str, Any] = {
            "story": story,
            "holders": holders,
            "meters": meters,
            "views": views_of(session, meter_ids=[meter.id for meter in meters]),
            "today": session.clock.now().astimezone(CHINA).date(),
            "holds": holds_of(session, meter_ids=[meter.id for meter in meters]),
            "media": {meter.id: medium_of_model(meter.profile) for meter in meters},
            "locks": defaultdict(list, locks_of(session, meter_ids=[meter.id for meter in meters])),
            "entries": entries_of(session, scope=reach, subject=story.sight.room),
        }
    return show("room.html", **told)
