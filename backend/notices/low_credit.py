"""Low credit: told once when a threshold is crossed, and not again before the credit has risen well above it.

Each person bound to a holder has one threshold; people with the same one share a watch. A watch is armed again when
the credit rises above its threshold and a tenth, or by a top-up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from sqlalchemy import Row, update

from backend.kernel import outbox
from backend.kernel.db import Session
from backend.notices.models import LowCreditWatch
from backend.people.preferring import USUAL_LOW_CREDIT_FEN

TOPIC = "low_credit"

# What was told is the newest of its meter, or it says nothing now: late readings cross no threshold. A wallet here is
# looked at when one of its meters was read, for that is when it shrinks.
JUDGE: LiteralString = """
WITH told AS (
    SELECT l.meter_id, l.account_id, m.credit_unit, told.balance
    FROM unnest(%(references)s::text[], %(read_at)s::timestamptz[], %(balance)s::bigint[])
         AS told (reference, read_at, balance)
    JOIN meter m ON m.reference = told.reference AND m.organisation_id = %(organisation_id)s
    JOIN meter_status s ON s.meter_id = m.id AND s.read_at = told.read_at
    JOIN account_meter l ON l.meter_id = m.id AND l.ended_at IS NULL),
said AS (
    SELECT told.meter_id, a.id AS account_id, a.holder_id, told.balance AS credit_fen
    FROM told JOIN account a ON a.id = told.account_id
    WHERE a.billing = 'meter' AND a.closed_at IS NULL AND told.credit_unit = 'money' AND told.balance IS NOT NULL
    UNION
    SELECT NULL, a.id, a.holder_id, a.wallet_fen
    FROM told JOIN account a ON a.id = told.account_id
    WHERE a.billing = 'platform' AND a.closed_at IS NULL),
risen AS (
    UPDATE low_credit_watch w SET low = false
    FROM said
    WHERE w.account_id = said.account_id AND w.meter_id IS NOT DISTINCT FROM said.meter_id
      AND w.low AND said.credit_fen::numeric * 10 > w.threshold_fen * 11),
wanted AS (
    SELECT DISTINCT said.account_id, said.meter_id, said.credit_fen,
           coalesce(p.low_credit_fen, %(usual)s) AS threshold_fen
    FROM said
    JOIN binding b ON b.holder_id = said.holder_id AND b.ended_at IS NULL
    LEFT JOIN preference p ON p.wechat_user_id = b.wechat_user_id)
INSERT INTO low_credit_watch (organisation_id, account_id, meter_id, threshold_fen, low, crossings, credit_fen)
SELECT %(organisation_id)s, account_id, meter_id, threshold_fen, true, 1, credit_fen
FROM wanted
WHERE credit_fen <= threshold_fen
ORDER BY account_id, meter_id, threshold_fen
ON CONFLICT ON CONSTRAINT uq_low_credit_watch_subject DO UPDATE
SET low = true, crossings = low_credit_watch.crossings + 1, credit_fen = excluded.credit_fen
WHERE NOT low_credit_watch.low
RETURNING account_id, meter_id, threshold_fen, crossings, credit_fen
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a meter said of its credit, and when; balance is None where it said nothing of it."""

    read_at: datetime
    balance: int | None


def watch_credit(session: Session, *, organisation_id: int, said: Mapping[str, Said], request_id: str) -> int:
    """Record each threshold that what meters (by reference) said crosses; returns how many were crossed."""
    if not said:
        return 0
    crossed = session.run_sql(
        JUDGE,
        organisation_id=organisation_id,
        usual=USUAL_LOW_CREDIT_FEN,
        references=list(said),
        read_at=[one.read_at for one in said.values()],
        balance=[one.balance for one in said.values()],
    )
    rows = crossed.all()
    for row in rows:
        _tell(session, organisation_id, row, request_id)
    return len(rows)


def arm_again(session: Session, *, account_id: int) -> None:
    """Let what was topped up be told of again, although it may still be low."""
    watches = update(LowCreditWatch).where(LowCreditWatch.account_id == account_id, LowCreditWatch.low)
    session.execute(watches.values(low=False), execution_options={"synchronize_session": False})


def _tell(session: Session, organisation_id: int, crossed: Row[Any], request_id: str) -> None:
    key = (crossed.account_id, crossed.meter_id or 0, crossed.threshold_fen, crossed.crossings)
    outbox.record(
        session,
        organisation_id=organisation_id,
        topic=TOPIC,
        key=":".join(map(str, key)),
        facts={name: getattr(crossed, name) for name in ("account_id", "meter_id", "threshold_fen", "credit_fen")},
        request_id=request_id,
    )
