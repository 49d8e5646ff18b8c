"""The meters of a user: credit, supply, and how old that knowledge is."""

from backend.kernel.db import Session
from backend.people.logging_in import user_of_token
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import presented_token
from miniprogram_api.describing import operation
from miniprogram_api.meter_queries import meter_of, meters_of
from miniprogram_api.meter_views import view_of
from miniprogram_api.schemas.meters import MeterList, MeterPage, MeterQuery
from miniprogram_api.schemas.usage import Usage
from miniprogram_api.usage_queries import days_of
from miniprogram_api.usage_views import view_of_days


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
@api.input(MeterQuery, location="query")
@api.output(MeterPage)
@operation("getMeter", "meters", 404)
def get_meter(reference: str, query_data: MeterQuery) -> MeterPage:
    """Show one meter and, where asked, its use: one request for its page."""
    here, token, asked = runtime(), presented_token(), query_data.days
    with here.database.reading() as session:
        sight = meter_of(session, token=token, reference=reference)
    usage = here.database.run(lambda session: _usage(session, token, reference, asked)) if asked else None
    return MeterPage(**view_of(sight, here.clock.now()).model_dump(), usage=usage)


def _usage(session: Session, token: str, reference: str, days: int) -> Usage:
    user = user_of_token(session, token=token)
    return view_of_days(days_of(session, user=user, reference=reference, days=days))
