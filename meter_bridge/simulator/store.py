"""What the meters remember, on disk: a top-up that was answered survives kill -9."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from meter_bridge.simulator.meter import Meter

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS meter (serial TEXT PRIMARY KEY, state TEXT NOT NULL);
"""


class Store:
    """States of meters by serial number, so that an exchanged meter starts anew. None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(folder / "meters.sqlite3" if folder else ":memory:", isolation_level=None)
        self._db.executescript(_SCHEMA)

    def restore(self, meter: Meter) -> None:
        """Give a meter its memory back."""
        row = self._db.execute("SELECT state FROM meter WHERE serial = ?", (meter.serial,)).fetchone()
        if row:
            meter.restore(json.loads(row[0]))

    def save(self, meters: Iterable[Meter]) -> None:
        """Keep the memory of these meters; it is on disk when this returns."""
        rows = [(meter.serial, json.dumps(meter.state())) for meter in meters]
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO meter VALUES (?, ?)", rows)
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._db.close()
