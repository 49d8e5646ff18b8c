"""Which park's wall is looked at, and when it was looked at last."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast

from flask import current_app, g

from backend.admin.kit.page import chosen_park, current, office, scope
from backend.admin.wall.asking import Wall, wall_of
from backend.admin.wall.board import Boards, Seen
from backend.admin.wall.sieving import number
from backend.runtime import runtime
from backend.staff.roles import Permission

VIEW = Permission.VIEW_ESTATE
EXTENSION = "dianyuan-wall"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_STAMP = 253_402_214_400_000_000  # the year 9999, in microseconds


def park_seen() -> int | None:
    """Return the park to show: the one that is looked at, if it may be seen, else the first that may."""
    reach = scope(VIEW)
    inside = [park.id for park in g.parks if reach.sees(reach.organisation_id, park.id)]
    chosen = chosen_park()
    return chosen if chosen in inside else next(iter(inside), None)


def look(park: int, *, anew: bool = False) -> Seen:
    """Return the wall of a park that may be seen."""
    boards = cast("Boards", current_app.extensions.setdefault(EXTENSION, Boards(runtime().clock)))
    owner = current().organisation_id
    return boards.look(owner, park, partial(_loaded, owner, park), anew=anew)


def instant(seen: Seen) -> int:
    """Return the instant of a wall, as a browser tells it back."""
    return (seen.at - EPOCH) // timedelta(microseconds=1)


def told_back(told: str) -> datetime:
    """Read a stamp; what is none asks for everything."""
    return EPOCH + timedelta(microseconds=min(number(told) or 0, LATEST_STAMP))


def _loaded(owner: int, park: int, before: Wall | None) -> Wall:
    with office().reading() as session:
        return wall_of(session, organisation_id=owner, park_id=park, profiles=runtime().profiles, before=before)
