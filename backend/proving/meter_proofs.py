"""What must hold between our commands and what the meters themselves say."""

from backend.proving.proof import Proof

# What meters say is subtracted as numeric: one that says nonsense must not stop the proof for all others.
NUMBERS = Proof(
    "purchase_numbers",
    "The purchase numbers a meter confirmed in an epoch follow each other without a gap.",
    """
    SELECT organisation_id, 'meter ' || meter_id || ' epoch ' || epoch || ': ' || count(*) || ' numbers from '
               || min(purchase_no) || ' to ' || max(purchase_no) AS subject,
           jsonb_build_object('first', min(purchase_no), 'last', max(purchase_no), 'confirmed', count(*)) AS facts,
           ARRAY[meter_id] AS meter_ids
    FROM meter_command
    WHERE state = 'confirmed' AND purchase_no IS NOT NULL
    GROUP BY organisation_id, meter_id, epoch
    HAVING max(purchase_no)::numeric - min(purchase_no) + 1 <> count(*)
    """,
)

COUNTS = Proof(
    "meter_count",
    "A meter that nothing is being sent to counts as many purchases as we confirmed.",
    """
    SELECT m.organisation_id, 'meter ' || m.id || ' epoch ' || m.epoch || ': counts ' || s.purchase_count
               || ', confirmed ' || c.last AS subject,
           jsonb_build_object('meter', m.number, 'meter_counts', s.purchase_count, 'confirmed', c.last,
                              'read_at', s.read_at) AS facts,
           ARRAY[m.id] AS meter_ids
    FROM meter m
    JOIN meter_status s ON s.meter_id = m.id
    JOIN (SELECT meter_id, epoch, max(purchase_no) AS last, max(settled_at) AS settled_at
          FROM meter_command WHERE state = 'confirmed' AND purchase_no IS NOT NULL
          GROUP BY meter_id, epoch) c ON c.meter_id = m.id AND c.epoch = m.epoch
    WHERE m.state = 'active' AND m.capability = 'counter_cas'
      AND (s.purchase_count > c.last OR s.purchase_count < c.last
           AND least(s.read_at, coalesce(s.noted_at, s.read_at)) > c.settled_at + interval '1 minute')
      AND NOT EXISTS (SELECT FROM meter_command u WHERE u.meter_id = m.id AND u.kind = 'top_up'
                      AND u.state IN ('leased', 'sending', 'unknown', 'held'))
    """,
)

CUMULATIVE = Proof(
    "meter_cumulative",
    "Where a meter tells the sum of its purchases, it grew by what we confirmed in this epoch.",
    """
    SELECT organisation_id, 'meter ' || meter_id || ' epoch ' || epoch || ' off by ' || grown - confirmed AS subject,
           jsonb_build_object('meter', number, 'meter_grew', grown, 'confirmed', confirmed) AS facts,
           ARRAY[meter_id] AS meter_ids
    FROM (
        SELECT m.organisation_id, m.id AS meter_id, m.number, m.epoch, sum(c.amount)::bigint AS confirmed,
               (array_agg((c.after ->> 'cumulative')::numeric ORDER BY c.seq DESC))[1]
                   - (array_agg((c.before ->> 'cumulative')::numeric ORDER BY c.seq))[1] AS grown
        FROM meter_command c JOIN meter m ON m.id = c.meter_id AND m.epoch = c.epoch
        WHERE c.kind = 'top_up' AND c.state = 'confirmed'
        GROUP BY m.id
    ) told
    WHERE grown <> confirmed
    """,
)

METER_PROOFS = (NUMBERS, COUNTS, CUMULATIVE)
