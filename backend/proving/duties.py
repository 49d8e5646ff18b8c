"""Recurring work: taken by one process each time it is due, by the database's clock."""

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.proving.models import Duty

TICK = "tick"
TICK_EVERY = 5.0


def take(session: Session, *, name: str, every: float) -> bool:
    """Say whether this work is due, and take it: nobody else is told so for the next `every` seconds of the rules.

    Commit before the work is done: if it fails, or its process dies, it comes again at its next time.
    """
    now = session.database_now()
    known = session.scalar(select(Duty.due_at).filter_by(name=name))
    if known is not None and known > now:
        return False
    taken = insert(Duty).values(name=name, due_at=now + session.span(every))
    once = taken.on_conflict_do_update(
        index_elements=["name"], set_={"due_at": taken.excluded.due_at}, where=Duty.due_at <= now
    )
    return session.scalar(once.returning(Duty.id)) is not None


def put_off(session: Session, *, name: str, by: float) -> None:
    """Let this work, which could not be done now, be due again in so many seconds of the rules."""
    later = session.database_now() + session.span(by)
    session.execute(update(Duty).where(Duty.name == name).values(due_at=later))


def note_done(session: Session, *, name: str) -> None:
    """Note that this work has just been done."""
    session.execute(update(Duty).where(Duty.name == name).values(done_at=session.database_now()))


def tick(session: Session) -> int:
    """Note, every few seconds, that a ticker runs; monitoring sees its age."""
    if not take(session, name=TICK, every=TICK_EVERY):
        return 0
    note_done(session, name=TICK)
    return 1
