"""How the self-check and the tickers look from outside."""

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import extract, func, select

from backend.kernel.db import Session
from backend.operations.families import by_label, single
from backend.proving.checking import SELF_CHECK
from backend.proving.duties import TICK
from backend.proving.models import Duty, ProofResult


def proof_findings(session: Session) -> GaugeMetricFamily:
    """Return how many findings each proof had at the last self-check."""
    rows = session.execute(select(ProofResult.proof, ProofResult.findings).order_by(ProofResult.proof))
    return by_label("proof_findings", "What did not hold at the last self-check, by proof", "proof", rows)


def last_proof(session: Session) -> GaugeMetricFamily:
    """Return how long ago the self-check ended."""
    return single("last_proof_seconds", "Age of the last self-check", _age(session, SELF_CHECK))


def last_tick(session: Session) -> GaugeMetricFamily:
    """Return how long ago any ticker came round."""
    return single("last_tick_seconds", "Age of the last round of any ticker", _age(session, TICK))


def _age(session: Session, name: str) -> float | None:
    age = session.scalar(select(extract("epoch", func.clock_timestamp() - Duty.done_at)).filter_by(name=name))
    return None if age is None else max(float(age), 0.0)
