"""Try a proof against the rows as they stand."""

from backend.kernel.db import Session
from backend.proving.proof import Finding, Proof

AGE_LIMIT = 3600.0


def findings_of(session: Session, proof: Proof) -> list[Finding]:
    """Try a proof; an empty list means that it holds."""
    long_ago = session.database_now() - session.span(AGE_LIMIT)
    rows = session.connection().exec_driver_sql(proof.query, {"long_ago": long_ago})
    return [
        Finding(proof, row.organisation_id, row.subject, row.facts, tuple(sorted(set(row.meter_ids)))) for row in rows
    ]
