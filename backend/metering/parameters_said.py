"""What a meter said it holds: kept beside what is wanted, and an alarm when the two differ."""

from collections.abc import Mapping
from datetime import datetime
from json import dumps
from typing import LiteralString

from pydantic import RootModel

from backend.kernel import outbox
from backend.kernel.db import Session
from backend.metering.models import Meter
from backend.metering.statuses import CLOCKS_AGREE
from meter_bridge.protocol import ParameterCode, ParameterValue

DRIFT, DRIFT_OVER = "parameter_drift", "parameter_drift_over"
KEEP: LiteralString = """
INSERT INTO meter_parameter (organisation_id, meter_id, code, actual, read_at)
SELECT %(organisation_id)s, %(meter_id)s, code, actual, %(read_at)s
FROM unnest(%(code)b::text[], %(actual)b::jsonb[]) AS told (code, actual)
ORDER BY code
ON CONFLICT (meter_id, code) DO UPDATE SET actual = excluded.actual, read_at = excluded.read_at
WHERE meter_parameter.read_at IS NULL OR meter_parameter.read_at <= excluded.read_at
   OR meter_parameter.read_at > %(now)s + %(agree)s
"""
# While an order is about it a difference is meant: it neither begins nor ends.
JUDGE: LiteralString = """
WITH looked AS (
    SELECT one.id, one.drift_since AS before,
           CASE WHEN one.wanted IS NULL OR one.unfit IS NOT NULL OR one.actual = one.wanted THEN false
                WHEN command.state IN ('queued', 'leased', 'sending', 'unknown', 'held')
                THEN one.drift_since IS NOT NULL
                ELSE true END AS drifts
    FROM meter_parameter one LEFT JOIN meter_command command ON command.id = one.command_id
    WHERE one.meter_id = %(meter_id)s AND one.code = ANY(%(code)b::text[])
    ORDER BY one.code
    FOR UPDATE OF one)
UPDATE meter_parameter SET drift_since = CASE WHEN looked.drifts THEN %(now)s END
FROM looked
WHERE meter_parameter.id = looked.id AND (looked.before IS NOT NULL) <> looked.drifts
RETURNING code, wanted, actual, read_at, looked.drifts, coalesce(looked.before, drift_since) AS since
"""


def note_parameters(
    session: Session, *, meter: Meter, told: Mapping[ParameterCode, ParameterValue | None], read_at: datetime
) -> None:
    """Keep what a meter told of its parameters, and tell where it begins or ends to differ from what is wanted.

    Comes when what was ordered is settled, in the same transaction.
    """
    codes = [code.value for code in told]
    values = [None if value is None else dumps(plain(value)) for value in told.values()]
    own = {"meter_id": meter.id, "code": codes, "now": session.clock.now()}
    kept = {"organisation_id": meter.organisation_id, "actual": values, "read_at": read_at, "agree": CLOCKS_AGREE}
    session.run_sql(KEEP, **own, **kept)
    for row in session.run_sql(JUDGE, **own).all():
        facts = {"meter_id": meter.id, "meter": meter.number, "parameter": row.code}
        facts |= {"wanted": row.wanted, "actual": row.actual, "read_at": row.read_at.isoformat()}
        outbox.record(
            session,
            organisation_id=meter.organisation_id,
            topic=DRIFT if row.drifts else DRIFT_OVER,
            key=f"{meter.id}:{row.code}:{row.since.isoformat()}",
            facts=facts,
            request_id="",
        )


def plain(value: ParameterValue) -> object:
    """Return a value as JSON tells it."""
    return value.model_dump(mode="json") if isinstance(value, RootModel) else value
