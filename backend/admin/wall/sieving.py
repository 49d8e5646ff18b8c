"""Which part of a wall is looked at, as it stands in the address; what makes no sense there is left out. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from backend.admin.wall.chips import BY_KEY, CHIPS, state_of
from backend.admin.wall.tile import Tile
from backend.metering.lines.silence import Medium

LONGEST = 100
MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked at: one park, a building, a floor, a state, words, a medium."""

    park: int
    building: int | None = None
    floor: str = ""
    state: str = ""
    words: str = ""
    medium: Medium = Medium.ELECTRICITY

    @property
    def query(self) -> str:
        """All of it as an address has it, without what is usual."""
        medium = "" if self.medium is Medium.ELECTRICITY else self.medium.value
        told = [("park", str(self.park)), ("building", str(self.building or "")), ("floor", self.floor)]
        told += [("state", self.state), ("q", self.words), ("medium", medium)]
        return urlencode([(name, value) for name, value in told if value])

    def but(self, **other: object) -> str:
        """Return the query with something else in it."""
        return replace(self, **other).query  # type: ignore[arg-type] # the names are those of this class

    def around(self, tile: Tile) -> bool:
        """Say whether a room lies in what is looked at, whatever its state."""
        if self.building not in (None, tile.building_id) or self.floor not in ("", tile.floor):
            return False
        known = (tile.number, tile.holder or "", *tile.meters, *tile.others)
        return not self.words or _holds(known, self.words)

    def by_other_meter(self, tile: Tile) -> bool:
        """Say whether a room is found by nothing but the number of its meter of another medium."""
        return bool(self.words) and not _holds((tile.number, tile.holder or "", *tile.meters), self.words)

    def shows(self, tile: Tile) -> bool:
        """Say whether a room is to be shown."""
        return self.around(tile) and BY_KEY[self.state].fits(state_of(tile))


def _holds(known: Iterable[str], words: str) -> bool:
    return any(words.casefold() in each.casefold() for each in known)


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen on a wall: buildings by number, and the floors of the one chosen, or of all."""

    buildings: Mapping[int, str]
    floors: Sequence[str]


def asked_of(told: Mapping[str, str], *, park: int, media: Sequence[Medium]) -> Asked:
    """Read an address."""
    medium = next((each for each in media if each.value == told.get("medium")), Medium.ELECTRICITY)
    state = told.get("state", "")
    return Asked(
        park=park,
        building=number(told.get("building", "")),
        floor=told.get("floor", "").strip()[:LONGEST],
        state=state if state in BY_KEY else "",
        words=told.get("q", "").strip()[:LONGEST],
        medium=medium,
    )


def number(told: str) -> int | None:
    """Read a number that a column can hold."""
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= MOST_DIGITS else None


def counts(asked: Asked, tiles: Sequence[Tile]) -> dict[str, int]:
    """Return how many rooms are in each state, of those that lie in what is looked at."""
    everywhere = asked.building is None and not asked.floor and not asked.words
    around = tiles if everywhere else [tile for tile in tiles if asked.around(tile)]
    states = Counter(map(state_of, around))
    return {chip.key: sum(many for state, many in states.items() if chip.fits(state)) for chip in CHIPS}


def choices(asked: Asked, tiles: Sequence[Tile]) -> Choices:
    """Return what can be chosen."""
    floors = dict.fromkeys(tile.floor for tile in tiles if asked.building in (None, tile.building_id))
    return Choices({tile.building_id: tile.building for tile in tiles}, list(floors))
