"""What changed on a wall since somebody looked: a memory of this process, and right with any number of processes.

Each tile bears the instant at which it was first seen to look as it does. Who asks from an instant before this memory
began gets every tile; else those that changed since, and some of the seconds before, because another process may have
looked a moment earlier. A tile told twice does no harm: the browser puts in its place what is the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from backend.admin.wall.asking import Wall
from backend.admin.wall.tile import Tile
from backend.kernel.clock import Clock
from backend.metering.lines.silence import Medium

OVERLAP = timedelta(seconds=2)
SHARED_FOR = 1.0
MOST_BOARDS = 64
Load = Callable[[Wall | None], Wall]  # told how it was


@dataclass(frozen=True, slots=True)
class Seen:
    """A wall as it is, and since when each of its tiles has looked so. gone: rooms that were there, and until when."""

    wall: Wall
    began: datetime
    looked_at: float
    since: Mapping[Medium, Mapping[int, datetime]]
    gone: Mapping[int, datetime]
    overlap: timedelta

    @property
    def at(self) -> datetime:
        """The instant it stands for."""
        return self.wall.at

    def tiles(self, medium: Medium) -> Sequence[Tile]:
        """Return the tiles of one medium, in their order."""
        return self.wall.tiles.get(medium, ())

    def changed(self, medium: Medium, since: datetime) -> tuple[list[Tile], list[int]]:
        """Return the tiles that changed since an instant, and the rooms that went."""
        if since < self.began:
            return list(self.tiles(medium)), list(self.gone)
        border, known = since - self.overlap, self.since.get(medium, {})
        fresh = [tile for tile in self.tiles(medium) if known[tile.room_id] > border]
        return fresh, [room for room, until in self.gone.items() if until > border]


class Boards:
    """The walls that were looked at lately, by owner and park."""

    def __init__(self, clock: Clock, shared_for: float = SHARED_FOR, overlap: timedelta = OVERLAP) -> None:
        self._clock, self._shared_for, self._overlap = clock, shared_for, overlap
        self._seen: dict[tuple[int, int], Seen] = {}
        self._locks: dict[tuple[int, int], Lock] = {}
        self._lock = Lock()

    def look(self, owner: int, park: int, load: Load, *, anew: bool = False) -> Seen:
        """Return a wall, loaded when the last look is a second ago, or when it shall be seen anew."""
        name = (owner, park)
        with self._lock:
            lock = self._locks.setdefault(name, Lock())
        with lock:
            known = self._seen.get(name)
            if known and not anew and self._clock.monotonic() - known.looked_at < self._shared_for:
                return known
            seen = _compared(known, load(known.wall if known else None), self._clock.monotonic(), self._overlap)
            with self._lock:
                self._remember(name, seen)
            return seen

    def _remember(self, name: tuple[int, int], seen: Seen) -> None:
        self._seen.pop(name, None)
        self._seen[name] = seen
        while len(self._seen) > MOST_BOARDS:
            oldest = next(iter(self._seen))
            del self._seen[oldest]


def _compared(known: Seen | None, wall: Wall, looked_at: float, overlap: timedelta) -> Seen:
    since = {medium: _since(known, medium, tiles, wall.at) for medium, tiles in wall.tiles.items()}
    there = {tile.room_id for tiles in wall.tiles.values() for tile in tiles}
    before = [tile.room_id for tiles in known.wall.tiles.values() for tile in tiles] if known else []
    went = {room: wall.at for room in before if room not in there}
    kept = {room: at for room, at in known.gone.items() if room not in there} if known else {}
    return Seen(wall, known.began if known else wall.at, looked_at, since, kept | went, overlap)


def _since(known: Seen | None, medium: Medium, tiles: Iterable[Tile], at: datetime) -> dict[int, datetime]:
    if known is None:
        return {tile.room_id: at for tile in tiles}
    before = {tile.room_id: tile for tile in known.tiles(medium)}
    stamps = known.since.get(medium, {})
    return {tile.room_id: stamps[tile.room_id] if _same(before.get(tile.room_id), tile) else at for tile in tiles}


def _same(before: Tile | None, tile: Tile) -> bool:
    """Whether a tile looks as before; most are the very same, which is seen at once."""
    return before is tile or before == tile
