"""Which room of the wall is opened, and which of its meters."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from backend.admin.kit.blueprint import BASE
from backend.admin.kit.guarding import scope
from backend.admin.kit.media import medium_of_model
from backend.admin.wall.looking import VIEW
from backend.admin.wall.sieving import Asked, asked_of, number
from backend.estate.queries import RoomStory, room_story
from backend.kernel.db import Session
from backend.metering.lines.silence import Medium
from backend.metering.models import Meter
from backend.metering.queries import MeterView, meters_in, views_of


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the meters of a room: what it says in a word, and where its drawer is."""

    meter: Meter
    medium: Medium
    view: MeterView
    address: str


@dataclass(frozen=True, slots=True)
class Drawer:
    """A room, its meters, which of them is shown, and the address of the wall with that one open."""

    story: RoomStory
    tabs: Sequence[Tab]
    shown: Tab | None
    here: str


def drawer_of(session: Session, room: int) -> Drawer:
    """Return what the address asks for: the meter it names, else one searched for, else the first of what is shown.

    Raises NotFoundError.
    """
    story = room_story(session, scope=scope(VIEW), room_id=room)
    asked = asked_of(request.args, park=story.sight.park.id, media=tuple(Medium))
    open_here = f"{BASE}/wall?{asked.query}&room={room}"
    meters = meters_in(session, room_id=room)
    views = views_of(session, meter_ids=[meter.id for meter in meters])
    tabs = [
        Tab(meter, medium_of_model(meter.profile), views[meter.id], f"{open_here}&meter={meter.id}") for meter in meters
    ]
    named = number(request.args.get("meter", ""))
    sought = {tab.meter.id for tab in tabs if asked.words and asked.words.casefold() in tab.meter.number.casefold()}
    order = sorted(
        tabs, key=lambda tab: (tab.meter.id != named, tab.meter.id not in sought, tab.medium is not asked.medium)
    )
    shown = next(iter(order), None)
    return Drawer(story, tabs, shown, shown.address if shown and len(tabs) > 1 else open_here)


def _further(tab: Tab, asked: Asked) -> tuple[bool, bool]:
    """Return how far a meter is from what was asked for: by its number, then by its medium."""
    named = bool(asked.words) and asked.words.casefold() in tab.meter.number.casefold()
    return not named, tab.medium is not asked.medium
