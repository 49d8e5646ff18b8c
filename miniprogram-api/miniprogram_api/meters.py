"""The meters of a user: credit, supply, and how old that knowledge is."""

from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import presented_token
from miniprogram_api.describing import operation
from miniprogram_api.meter_queries import meter_of, meters_of
from miniprogram_api.meter_views import view_of
from miniprogram_api.schemas.meters import MeterList, MeterView


@api.get("/meters")
@api.output(MeterList)
@operation("listMeters", "meters")
def list_meters() -> MeterList:
    """Show every meter of every holder the user is bound to."""
    here, token = runtime(), presented_token()
    with here.database.reading() as session:
        sights = meters_of(session, token=token)
    now = here.clock.now()
    return MeterList(meters=[view_of(sight, now) for sight in sights])


@api.get("/meters/<reference>")
@api.output(MeterView)
@operation("getMeter", "meters", 404)
def get_meter(reference: str) -> MeterView:
    """Show one meter."""
    here, token = runtime(), presented_token()
    with here.database.reading() as session:
        sight = meter_of(session, token=token, reference=reference)
    return view_of(sight, here.clock.now())
