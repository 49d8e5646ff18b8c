"""Recurring work: taken by one process each time it is due, by the database's clock."""

from typing import LiteralString

from sqlalchemy import update

from backend.kernel.db import Session
from backend.proving.models import Duty

TICK = "tick"
TICK_EVERY = 5.0
KNOWN: LiteralString = "SELECT due_at FROM duty WHERE name = %(name)s"
TAKE: LiteralString = """
INSERT INTO duty (name, due_at) VALUES (%(name)s, %(due_at)s)
ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at WHERE duty.due_at <= %(now)s
RETURNING id
"""


def take(session: Session, *, name: str, every: float) -> bool:
    """Say whether this work is due, and take it: nobody else is told so for the next `every` seconds of the rules.

    Commit before the work is done: if it fails, or its process dies, it comes again at its next time.
    """
    now = session.database_now()
    known = session.run_sql(KNOWN, name=name).scalar()
    if known is not None and known > now:
        return False
    return session.run_sql(TAKE, name=name, now=now, due_at=now + session.span(every)).first() is not None


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
