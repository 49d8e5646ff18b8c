"""What a meter used, day by day."""

import re

from backend.kernel.errors import NotFoundError
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.describing import operation
from miniprogram_api.schemas.usage import Usage, UsageQuery
from miniprogram_api.usage_queries import days_of
from miniprogram_api.usage_views import view_of_days

REFERENCE = re.compile(r"[0-9A-Z]{26}")


@api.get("/meters/<reference>/usage")
@logged_in
@api.input(UsageQuery, location="query")
@api.output(Usage)
@operation("getUsage", "meters", 404)
def get_usage(reference: str, query_data: UsageQuery) -> Usage:
    """Show what a meter used on each of the last days, in the park's time."""
    if not REFERENCE.fullmatch(reference):
        raise NotFoundError
    user = current_user()
    days = runtime().database.run(
        lambda session: days_of(session, user=user, reference=reference, days=query_data.days)
    )
    return view_of_days(days)
