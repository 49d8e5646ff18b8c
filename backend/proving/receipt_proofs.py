"""What must hold between what providers say arrived and the ledger."""

from backend.proving.proof import Proof

# Keys are put together, and taken apart, before tables are joined by them. Behind the fence's policies the planner uses
# no index for a condition with such a function in it: each movement was compared with each receipt.
_TOLD = """
    WITH told AS MATERIALIZED (
        SELECT id, organisation_id, merchant_account_id, order_no, transaction_no, amount_fen,
               'receipt:' || id || ':applied' AS applied, 'receipt:' || id || ':unapplied' AS unapplied
        FROM receipt)
"""
_FACTS = """
    jsonb_build_object('order_no', r.order_no, 'transaction_no', r.transaction_no, 'disposition', f.disposition,
                       'amount_fen', r.amount_fen, 'booked_fen', t.amount_fen) AS facts,
    array_remove(ARRAY[o.meter_id], NULL) AS meter_ids
"""
_BOOKED = """
    FROM told r
    LEFT JOIN receipt_fate f ON f.receipt_id = r.id
    LEFT JOIN credit_order o ON o.order_no = r.order_no AND o.organisation_id = r.organisation_id
    LEFT JOIN ledger_transfer t ON t.organisation_id = r.organisation_id
         AND t.idempotency_key = r.{step}
    LEFT JOIN ledger_account d ON d.id = t.debit_id
    LEFT JOIN ledger_account c ON c.id = t.credit_id
"""

# The meters that hung one after another where the first command was sent to.
_SUCCESSORS = """
    WITH RECURSIVE hung AS (
        SELECT m.meter_id AS id UNION SELECT x.new_meter_id FROM meter_exchange x JOIN hung ON x.old_meter_id = hung.id)
    SELECT id FROM hung
"""

APPLIED = Proof(
    "receipt_applied",
    "Every applied receipt moved exactly its amount into its order's wallet or on its way to its order's meter, "
    "or to one that hung there before.",
    f"""
    {_TOLD} SELECT r.organisation_id, 'receipt ' || r.id AS subject, {_FACTS} {_BOOKED.format(step="applied")}
    LEFT JOIN meter_command m ON c.kind = 'in_transit' AND m.id = c.subject_id
    WHERE f.disposition IS NULL
       OR (f.disposition = 'applied') <> (t.id IS NOT NULL)
       OR (t.id IS NOT NULL AND NOT coalesce(
               t.amount_fen = r.amount_fen
               AND d.kind IN ('clearing', 'unapplied') AND d.subject_id = r.merchant_account_id
               AND (c.kind = 'wallet' AND c.subject_id = o.account_id
                    OR c.kind = 'in_transit' AND (m.meter_id = o.meter_id OR o.meter_id IN ({_SUCCESSORS}))), false))
    """,
)

UNAPPLIED = Proof(
    "receipt_unapplied",
    "Every receipt that fits no order lies in the unapplied account, and one applied later was taken out of it.",
    f"""
    {_TOLD} SELECT r.organisation_id, 'receipt ' || r.id AS subject, {_FACTS} {_BOOKED.format(step="unapplied")}
    LEFT JOIN ledger_transfer a ON a.organisation_id = r.organisation_id
         AND a.idempotency_key = r.applied
    LEFT JOIN ledger_account taken_from ON taken_from.id = a.debit_id
    WHERE (f.disposition <> 'applied' OR taken_from.kind = 'unapplied') AND NOT coalesce(
              t.amount_fen = r.amount_fen
              AND d.kind = 'clearing' AND d.subject_id = r.merchant_account_id
              AND c.kind = 'unapplied' AND c.subject_id = r.merchant_account_id, false)
       OR f.disposition = 'applied' AND t.id IS NOT NULL AND taken_from.kind <> 'unapplied'
    """,
)

CLEARED = Proof(
    "clearing_receipt",
    "Money comes out of clearing, and out of the unapplied account, by receipts only, each once at its own amount.",
    r"""
    WITH moved AS MATERIALIZED (
        SELECT t.id, t.organisation_id, t.idempotency_key, t.amount_fen, t.credit_id,
               substring(t.idempotency_key from '^receipt:([1-9][0-9]{0,17}):(?:un)?applied$')::bigint AS receipt_id
        FROM ledger_transfer t
        JOIN ledger_account d ON d.id = t.debit_id AND d.kind IN ('clearing', 'unapplied'))
    SELECT t.organisation_id, 'movement ' || t.id AS subject,
           jsonb_build_object('key', t.idempotency_key, 'amount_fen', t.amount_fen,
                              'receipt_fen', r.amount_fen) AS facts,
           array_remove(ARRAY[(SELECT meter_id FROM meter_command WHERE c.kind = 'in_transit' AND id = c.subject_id)],
                        NULL) AS meter_ids
    FROM moved t
    LEFT JOIN ledger_account c ON c.id = t.credit_id
    LEFT JOIN receipt r ON r.organisation_id = t.organisation_id AND r.id = t.receipt_id
    WHERE r.id IS NULL OR r.amount_fen <> t.amount_fen
    """,
)

RECEIPT_PROOFS = (APPLIED, UNAPPLIED, CLEARED)
