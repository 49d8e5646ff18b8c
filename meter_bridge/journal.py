"""What the backend has not been told yet, on disk: outcomes, and readings as far as there is room."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from meter_bridge.protocol import OutcomeRequest, Reading

MAX_READINGS = 200_000

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS outcome (
    id INTEGER PRIMARY KEY AUTOINCREMENT, command TEXT NOT NULL, request_id TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS reading (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome that is still to be told."""

    id: int
    command: str
    request_id: str
    outcome: OutcomeRequest


class Journal:
    """A small SQLite file. What a method took is on disk when it returns."""

    def __init__(self, file: Path | str, max_readings: int = MAX_READINGS) -> None:
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._max_readings = max_readings
        self._readings: int = self._db.execute("SELECT count(*) FROM reading").fetchone()[0]

    def add_outcome(self, command: str, request_id: str, outcome: OutcomeRequest) -> None:
        """Keep an outcome until it is dropped."""
        self._db.execute(
            "INSERT INTO outcome (command, request_id, body) VALUES (?, ?, ?)",
            (command, request_id, outcome.model_dump_json()),
        )

    def outcomes(self) -> list[Told]:
        """Return the outcomes kept, oldest first."""
        rows = self._db.execute("SELECT id, command, request_id, body FROM outcome ORDER BY id")
        return [Told(row[0], row[1], row[2], OutcomeRequest.model_validate_json(row[3])) for row in rows]

    def drop_outcome(self, told: Told) -> None:
        """Forget an outcome: the backend knows it, or has decided without it."""
        self._db.execute("DELETE FROM outcome WHERE id = ?", (told.id,))

    def add_readings(self, readings: Sequence[Reading]) -> int:
        """Keep readings as far as there is room; return how many were lost.

        When it is full the new ones are lost, not the oldest: the registers count on, so that the first live
        reading after the outage closes the gap, and what was kept is one unbroken row from its beginning.
        """
        taken = readings[: max(0, self._max_readings - self._readings)]
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO reading (body) VALUES (?)", [(r.model_dump_json(),) for r in taken])
        self._db.execute("COMMIT")
        self._readings += len(taken)
        return len(readings) - len(taken)

    def readings(self, limit: int) -> tuple[list[Reading], int]:
        """Return the oldest readings kept, and the number up to which they go."""
        if not self._readings:  # asked every second
            return [], 0
        rows = self._db.execute("SELECT id, body FROM reading ORDER BY id LIMIT ?", (limit,)).fetchall()
        return [Reading.model_validate_json(body) for _, body in rows], rows[-1][0] if rows else 0

    def drop_readings(self, up_to: int) -> None:
        """Forget the readings up to this number."""
        self._readings -= self._db.execute("DELETE FROM reading WHERE id <= ?", (up_to,)).rowcount

    def close(self) -> None:
        """Close the file."""
        self._db.close()
