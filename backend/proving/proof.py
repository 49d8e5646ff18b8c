"""What a proof is: a sentence that must hold, and the query that returns the rows where it does not."""

from dataclasses import dataclass
from typing import Any

# Every movement twice: what its places gained and lost. Most proofs start from here.
SIDES = """
    SELECT credit_id AS place, amount_fen AS fen FROM ledger_transfer
    UNION ALL SELECT debit_id, -amount_fen FROM ledger_transfer
"""


def holdings(kind: str) -> str:
    """Return the query of what every place of a kind of ledger account holds: place, subject, epoch, fen."""
    return f"""
        SELECT p.organisation_id, p.subject_id, p.epoch, coalesce(sum(s.fen), 0)::bigint AS fen
        FROM ledger_account p LEFT JOIN ({SIDES}) s ON s.place = p.id
        WHERE p.kind = '{kind}' GROUP BY p.organisation_id, p.subject_id, p.epoch
    """  # noqa: S608 the kinds are ours


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that must hold of the money.

    query: one statement, so that it sees one instant; a row for each place where it does not hold: organisation_id,
    subject (names the finding, and changes when the finding does), facts, meter_ids. It may use %(long_ago)s.
    freezes: whether the meters touched get no more money until a person has looked.
    """

    name: str
    sentence: str
    query: str
    freezes: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a proof does not hold, and the meters it touches."""

    proof: Proof
    organisation_id: int
    subject: str
    facts: dict[str, Any]
    meter_ids: tuple[int, ...]

    @property
    def key(self) -> str:
        """Names this finding for ever: the same one seen again is no news."""
        return f"{self.proof.name}:{self.subject}"
