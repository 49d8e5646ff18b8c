"""What must hold between orders, the commands that carry their money, and the ledger."""

from backend.proving.proof import Proof, holdings

_OPEN = "('queued', 'leased', 'sending', 'unknown', 'held')"

IN_TRANSIT = Proof(
    "in_transit",
    "On the way to a meter is the money of each open command, and nothing of a settled one.",
    f"""
    SELECT organisation_id, 'command ' || id || ' off by ' || fen - due AS subject,
           jsonb_build_object('command', reference, 'state', state, 'in_transit_fen', fen, 'due_fen', due) AS facts,
           array_remove(ARRAY[meter_id], NULL) AS meter_ids
    FROM (
        SELECT coalesce(c.organisation_id, w.organisation_id) AS organisation_id,
               coalesce(c.id, w.subject_id) AS id, c.reference, c.state, c.meter_id, coalesce(w.fen, 0) AS fen,
               CASE WHEN c.state IN {_OPEN} THEN coalesce(o.amount_fen, c.amount) ELSE 0 END AS due
        FROM (SELECT * FROM meter_command WHERE kind = 'top_up') c
        FULL JOIN ({holdings("in_transit")}) w ON w.subject_id = c.id
        LEFT JOIN credit_order o ON o.command_id = c.id
    ) every
    WHERE fen <> due
    """,  # noqa: S608 put together from our own text
)

IN_METER = Proof(
    "in_meter",
    "A meter holds, in the ledger, what its confirmed commands of that epoch add up to.",
    f"""
    SELECT coalesce(m.organisation_id, w.organisation_id) AS organisation_id,
           'meter ' || coalesce(m.meter_id, w.subject_id) || ' epoch ' || coalesce(m.epoch, w.epoch)
               || ' off by ' || coalesce(w.fen, 0) - coalesce(m.fen, 0) AS subject,
           jsonb_build_object('in_meter_fen', coalesce(w.fen, 0), 'confirmed_fen', coalesce(m.fen, 0)) AS facts,
           ARRAY[coalesce(m.meter_id, w.subject_id)] AS meter_ids
    FROM (
        SELECT c.organisation_id, c.meter_id, coalesce(c.epoch, 0) AS epoch,
               sum(coalesce(o.amount_fen, c.amount))::bigint AS fen
        FROM meter_command c LEFT JOIN credit_order o ON o.command_id = c.id
        WHERE c.kind = 'top_up' AND c.state = 'confirmed'
        GROUP BY c.organisation_id, c.meter_id, coalesce(c.epoch, 0)
    ) m
    FULL JOIN ({holdings("in_meter")}) w ON w.subject_id = m.meter_id AND w.epoch = m.epoch
    WHERE coalesce(w.fen, 0) <> coalesce(m.fen, 0)
    """,  # noqa: S608 put together from our own text
)

ORDERS = Proof(
    "order_command",
    "A paid order has its money on the way or refundable, a credited one has it in its meter or wallet.",
    f"""
    SELECT o.organisation_id, 'order ' || o.order_no || ' ' || o.state AS subject,
           jsonb_build_object('order_no', o.order_no, 'amount_fen', o.amount_fen, 'state', o.state,
                              'command', c.reference, 'command_state', c.state,
                              'refundable_fen', coalesce(r.fen, 0)) AS facts,
           ARRAY[o.meter_id] AS meter_ids
    FROM credit_order o
    JOIN account a ON a.id = o.account_id
    JOIN meter m ON m.id = o.meter_id
    LEFT JOIN meter_command c ON c.id = o.command_id AND c.kind = 'top_up' AND c.meter_id = o.meter_id
         AND (m.credit_unit <> 'money' OR c.amount = o.amount_fen)
    LEFT JOIN ({holdings("refundable")}) r ON r.subject_id = o.id
    WHERE NOT coalesce(CASE o.state
        WHEN 'paid' THEN o.paid_at IS NOT NULL AND c.state <> 'confirmed'
             AND coalesce(r.fen, 0) = CASE WHEN c.state IN ('refused', 'cancelled') THEN o.amount_fen ELSE 0 END
        WHEN 'credited' THEN o.paid_at IS NOT NULL AND coalesce(r.fen, 0) = 0
             AND (c.state = 'confirmed' OR o.command_id IS NULL AND a.billing = 'platform')
        WHEN 'placed' THEN o.command_id IS NULL AND o.paid_at IS NULL
        WHEN 'closed' THEN o.command_id IS NULL AND o.paid_at IS NULL
        ELSE true END, false)
    """,  # noqa: S608 put together from our own text
)

AGES = Proof(
    "in_transit_age",
    "No money is on its way to a meter for longer than an hour.",
    f"""
    SELECT organisation_id, 'command ' || id AS subject,
           jsonb_build_object('command', reference, 'state', state, 'amount', amount, 'queued_at', queued_at) AS facts,
           ARRAY[meter_id] AS meter_ids
    FROM meter_command
    WHERE kind = 'top_up' AND state IN {_OPEN} AND queued_at <= %(long_ago)s
    """,  # noqa: S608 put together from our own text
    freezes=False,
)

COMMAND_PROOFS = (IN_TRANSIT, IN_METER, ORDERS, AGES)
