"""Let commands that wait after a failure be due at once when their meter speaks again."""

from collections.abc import Collection
from typing import LiteralString

from backend.kernel.db import Session
from backend.metering.commands.transitions import VERIFY_WITHIN

# Few commands wait at any time, and thousands of meters speak: who waits is asked first.
IS_WAITING: LiteralString = """
command.state IN ('queued', 'unknown')
AND (command.state = 'queued' AND command.next_attempt_at IS NOT NULL
     OR command.state = 'unknown' AND command.next_attempt_at > %(soon)s)
"""
WAITING: LiteralString = f"""
SELECT command.id, meter.reference FROM meter_command command JOIN meter ON meter.id = command.meter_id
WHERE command.organisation_id = %(organisation_id)s AND {IS_WAITING}
"""  # noqa: S608 put together from our own text, as below
LET_DUE: LiteralString = f"""
UPDATE meter_command SET next_attempt_at = NULL
WHERE id IN (SELECT id FROM meter_command command WHERE id = ANY(%(ids)s) AND {IS_WAITING}
             ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
"""  # noqa: S608


def let_due(session: Session, *, organisation_id: int, references: Collection[str]) -> None:
    """Make the commands of these meters that wait after a failure due at once.

    A command that was just handed over to be read back waits for that, which is never longer than VERIFY_WITHIN.
    """
    soon = session.database_now() + session.span(VERIFY_WITHIN)
    waiting = session.run_sql(WAITING, organisation_id=organisation_id, soon=soon).all() if references else ()
    if ids := [row.id for row in waiting if row.reference in references]:
        session.run_sql(LET_DUE, ids=ids, soon=soon)
