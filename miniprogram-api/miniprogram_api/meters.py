"""The meters of a user: credit, supply, and how old that knowledge is."""

import re

from backend.kernel.errors import NotFoundError
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.describing import operation
from miniprogram_api.meter_queries import meter_of, meters_of
from miniprogram_api.meter_views import view_of
from miniprogram_api.schemas.meters import MeterList, MeterView

REFERENCE = re.compile(r"[0-9A-Z]{26}")


@api.get("/meters")
@logged_in
@api.output(MeterList)
@operation("listMeters", "meters")
def list_meters() -> MeterList:
    """Show every meter of every holder the user is bound to."""
    user, now = current_user(), runtime().clock.now()
    sights = runtime().database.run(lambda session: meters_of(session, user=user))
    return MeterList(meters=[view_of(sight, now) for sight in sights])


@api.get("/meters/<reference>")
@logged_in
@api.output(MeterView)
@operation("getMeter", "meters", 404)
def get_meter(reference: str) -> MeterView:
    """Show one meter."""
    if not REFERENCE.fullmatch(reference):
        raise NotFoundError
    user = current_user()
    sight = runtime().database.run(lambda session: meter_of(session, user=user, reference=reference))
    return view_of(sight, runtime().clock.now())
