"""Which of its lines a run of a bridge still holds, and on which of them there may be work; locks nothing."""

from datetime import datetime
from typing import LiteralString

from backend.kernel.db import Session
from backend.metering.lines.runs import Caller

# A line with its work that may be due: whether it is, `next_of` decides under locks.
HELD: LiteralString = """
SELECT line.id, line.reference, line.fence, EXISTS (
    SELECT FROM meter JOIN meter_command command ON command.meter_id = meter.id
    WHERE meter.line_id = line.id AND meter.state = 'active'
      AND command.state IN ('queued', 'leased', 'sending', 'unknown', 'held')
      AND (command.state = 'leased'
           OR command.state = 'queued'
              AND (command.next_attempt_at IS NULL OR least(command.next_attempt_at, command.expires_at) <= %(now)s)
           OR command.state IN ('sending', 'unknown')
              AND (command.next_attempt_at IS NULL OR command.next_attempt_at <= %(now)s
                   OR command.fence IS DISTINCT FROM line.fence))) AS has_work
FROM line
WHERE organisation_id = %(organisation_id)s AND bridge_id = %(bridge_id)s AND instance = %(instance)s
  AND leased_until > %(now)s AND reference = ANY(%(asked)s)
ORDER BY id
"""


def look(
    session: Session, bridge: Caller, instance: str, asked: dict[str, int], now: datetime
) -> tuple[set[str], list[int]]:
    """Return the references of the asked lines that are held, and the numbers of those with work; locks nothing."""
    rows = session.run_sql(
        HELD,
        organisation_id=bridge.organisation_id,
        bridge_id=bridge.id,
        instance=instance,
        now=now,
        asked=list(asked),
    )
    lines = [line for line in rows if line.fence == asked[line.reference]]
    return {line.reference for line in lines}, [line.id for line in lines if line.has_work]
