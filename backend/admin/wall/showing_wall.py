"""The wall of a park as a page, its inner part for htmx, and what changed of it."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from flask import Response, request
from markupsafe import Markup

from backend.admin.kit.page import BASE, blueprint, for_staff, go, language, show
from backend.admin.wall.board import Seen
from backend.admin.wall.chips import CHIPS
from backend.admin.wall.drawing import SPRITES, drawn
from backend.admin.wall.looking import VIEW, instant, look, park_seen, told_back
from backend.admin.wall.sieving import Asked, asked_of, choices, counts, number
from backend.admin.wall.tile import Tile
from backend.metering.lines.silence import Medium


@blueprint.get("/wall")
@for_staff(VIEW)
def wall() -> Response:
    """Show the wall of the park that is looked at, or of the first there is."""
    park = park_seen()
    if park is None:
        return show("wall_empty.html")
    if request.args.get("park") != str(park):
        return go(f"{BASE}/wall?{_asked(park).query}")  # an address tells all by itself, also to others
    seen = look(park, anew=True)
    asked = _asked(park, list(seen.wall.tiles))
    inner = request.headers.get("HX-Target") == "wall"
    answer = _page("wall_board.html" if inner else "wall.html", seen, asked)
    if inner:
        answer.headers["HX-Push-Url"] = f"{BASE}/wall?{asked.query}"
    return answer


@blueprint.get("/wall/changes")
@for_staff(VIEW)
def wall_changes() -> Response:
    """Show the tiles that changed since an earlier look, and the counts."""
    park = park_seen()
    if park is None:
        return show("wall_changes.html", tiles=[], gone=[], instant=0)
    seen = look(park)
    asked = _asked(park, list(seen.wall.tiles))
    fresh, gone = seen.changed(asked.medium, told_back(request.args.get("since", "")))
    shown = [tile for tile in fresh if asked.shows(tile)]
    left = [*gone, *(tile.room_id for tile in fresh if not asked.shows(tile))]
    known = counts(asked, seen.tiles(asked.medium))
    told = {"tiles": shown, "gone": left, "instant": instant(seen), "asked": asked, "chips": CHIPS, "counts": known}
    return show("wall_changes.html", **told, **WORDS)


def _asked(park: int, media: Sequence[Medium] = tuple(Medium)) -> Asked:
    return asked_of(request.args, park=park, media=media)


def _drawn(tiles: Iterable[Tile]) -> Markup:
    reader = language()
    return Markup("").join(drawn(tile, reader) for tile in tiles)


WORDS = {"drawn": _drawn, "sprites": SPRITES}


def _page(template: str, seen: Seen, asked: Asked) -> Response:
    tiles = seen.tiles(asked.medium)
    shown = [tile for tile in tiles if asked.shows(tile)]
    return show(
        template,
        asked=asked,
        media=list(seen.wall.tiles),
        elsewhere=sum(map(asked.by_other_meter, shown)),
        other=next((each for each in seen.wall.tiles if each is not asked.medium), None),
        instant=instant(seen),
        houses=_by_floor(shown),
        chips=CHIPS,
        counts=counts(asked, tiles),
        choices=choices(asked, tiles),
        chosen_room=number(request.args.get("room", "")),
        chosen_meter=number(request.args.get("meter", "")),
        **WORDS,
    )


def _by_floor(tiles: Sequence[Tile]) -> list[tuple[str, list[tuple[str, list[Tile]]]]]:
    """Return tiles by building and floor, in their order."""
    return [
        (building, [(floor, list(rooms)) for floor, rooms in groupby(inside, key=lambda tile: tile.floor)])
        for building, inside in groupby(tiles, key=lambda tile: tile.building)
    ]
