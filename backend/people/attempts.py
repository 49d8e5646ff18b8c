"""Guessing made slow: failures are counted by asker, and too many of them must wait."""

from datetime import datetime
from enum import StrEnum
from math import ceil

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.people.errors import TooManyAttemptsError
from backend.people.models import Attempt

SWEPT_AT_ONCE = 20


class Guess(StrEnum):
    """What can be guessed at, and by whom it is counted."""

    BIND_BY_USER = "bind_by_user"
    BIND_BY_ADDRESS = "bind_by_address"
    LOG_IN_BY_ADDRESS = "log_in_by_address"
    APPLY_BY_USER = "apply_by_user"
    STAFF_BY_LOGIN = "staff_by_login"
    STAFF_BY_ADDRESS = "staff_by_address"


LIMITS: dict[Guess, tuple[int, float]] = {  # failures, in so many seconds
    Guess.BIND_BY_USER: (10, 3600.0),
    Guess.BIND_BY_ADDRESS: (100, 3600.0),
    Guess.LOG_IN_BY_ADDRESS: (60, 600.0),
    Guess.APPLY_BY_USER: (10, 86_400.0),
    Guess.STAFF_BY_LOGIN: (10, 900.0),
    Guess.STAFF_BY_ADDRESS: (60, 600.0),
}


def spend(session: Session, *, guess: Guess, asker: str) -> None:
    """Count a try before it is made, so that many at once gain nothing. Raises TooManyAttemptsError.

    Commit before the try; `give_back` after one that was no failure.
    """
    now = session.clock.now()
    most, seconds = LIMITS[guess]
    _sweep(session, now)
    fresh = {"kind": guess.value, "asker": asker, "failures": 1, "ends_at": now + session.span(seconds)}
    new = insert(Attempt).values(fresh)
    over = Attempt.ends_at <= now
    counted = new.on_conflict_do_update(
        index_elements=["kind", "asker"],
        set_={
            "failures": case((over, 1), else_=Attempt.failures + 1),
            "ends_at": case((over, new.excluded.ends_at), else_=Attempt.ends_at),
        },
    ).returning(Attempt.failures, Attempt.ends_at)
    failures, ends_at = session.execute(counted).one()
    if failures > most:
        raise TooManyAttemptsError(retry_after=max(1, ceil((ends_at - now).total_seconds())))


def give_back(session: Session, *, guess: Guess, asker: str) -> None:
    """Take back one counted try: it was no failure."""
    session.execute(
        update(Attempt)
        .where(Attempt.kind == guess.value, Attempt.asker == asker)
        .values(failures=func.greatest(Attempt.failures - 1, 0))
    )


def _sweep(session: Session, now: datetime) -> None:
    old = select(Attempt.id).where(Attempt.ends_at <= now).limit(SWEPT_AT_ONCE).with_for_update(skip_locked=True)
    session.execute(delete(Attempt).where(Attempt.id.in_(old)), execution_options={"synchronize_session": False})
