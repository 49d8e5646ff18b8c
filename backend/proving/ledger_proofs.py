"""What must hold of the ledger by itself."""

from backend.proving.proof import SIDES, Proof, holdings

_WALLETS = holdings("wallet")
_OPENINGS = holdings("opening")

ZERO_SUM = Proof(
    "ledger_zero_sum",
    "Over all places of an organisation the ledger adds up to zero.",
    f"""
    SELECT p.organisation_id, 'organisation ' || p.organisation_id || ' off by ' || sum(s.fen) AS subject,
           jsonb_build_object('off_fen', sum(s.fen)) AS facts, '{{}}'::bigint[] AS meter_ids
    FROM ({SIDES}) s JOIN ledger_account p ON p.id = s.place
    GROUP BY p.organisation_id HAVING sum(s.fen) <> 0
    """,  # noqa: S608 put together from our own text
)

TWO_SIDES = Proof(
    "movement_two_sides",
    "Every movement goes from one place to another of its own organisation.",
    """
    SELECT t.organisation_id, 'movement ' || t.id AS subject,
           jsonb_build_object('key', t.idempotency_key, 'amount_fen', t.amount_fen) AS facts,
           array_remove(ARRAY[
               CASE WHEN d.kind = 'in_meter' THEN d.subject_id END,
               CASE WHEN c.kind = 'in_meter' THEN c.subject_id END,
               (SELECT meter_id FROM meter_command WHERE d.kind = 'in_transit' AND id = d.subject_id),
               (SELECT meter_id FROM meter_command WHERE c.kind = 'in_transit' AND id = c.subject_id)
           ], NULL) AS meter_ids
    FROM ledger_transfer t
    LEFT JOIN ledger_account d ON d.id = t.debit_id AND d.organisation_id = t.organisation_id
    LEFT JOIN ledger_account c ON c.id = t.credit_id AND c.organisation_id = t.organisation_id
    WHERE d.id IS NULL OR c.id IS NULL
    """,
)

WALLETS = Proof(
    "wallet_cached",
    "The wallet shown to a tenant is the wallet in the ledger.",
    f"""
    SELECT a.organisation_id,
           'account ' || a.id || ' off by ' || a.wallet_fen - coalesce(w.fen, 0) AS subject,
           jsonb_build_object('account', a.number, 'cached_fen', a.wallet_fen,
                              'ledger_fen', coalesce(w.fen, 0)) AS facts,
           ARRAY(SELECT meter_id FROM account_meter WHERE account_id = a.id AND ended_at IS NULL) AS meter_ids
    FROM account a LEFT JOIN ({_WALLETS}) w ON w.subject_id = a.id
    WHERE a.wallet_fen <> coalesce(w.fen, 0)
    """,  # noqa: S608 put together from our own text
)

OPENINGS = Proof(
    "opening_signed",
    "What accounts brought along from the system before is what two persons signed for.",
    f"""
    WITH signed AS (
        SELECT organisation_id, sum((facts->>'debt_fen')::bigint - (facts->>'credit_fen')::bigint) AS fen
        FROM approval WHERE kind = 'opening_balances' AND state = 'used' GROUP BY organisation_id)
    SELECT organisation_id,
           'organisation ' || organisation_id || ' off by ' || coalesce(o.fen, 0) - coalesce(s.fen, 0) AS subject,
           jsonb_build_object('booked_fen', coalesce(o.fen, 0), 'signed_fen', coalesce(s.fen, 0)) AS facts,
           '{{}}'::bigint[] AS meter_ids
    FROM ({_OPENINGS}) o FULL JOIN signed s USING (organisation_id)
    WHERE coalesce(o.fen, 0) <> coalesce(s.fen, 0)
    """,  # noqa: S608 put together from our own text
)

LEDGER_PROOFS = (ZERO_SUM, TWO_SIDES, WALLETS, OPENINGS)
