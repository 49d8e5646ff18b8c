"""The self-check: try every proof; what does not hold is an alarm, and stops money to the meters it touches alone."""

from collections.abc import Iterable
from typing import LiteralString

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend.kernel import outbox
from backend.kernel.db import Session
from backend.kernel.outbox import Event
from backend.metering.commands.freezing import freeze
from backend.metering.locking import lock_meter
from backend.metering.models import Meter
from backend.proving.command_proofs import COMMAND_PROOFS
from backend.proving.duties import note_done, take
from backend.proving.ledger_proofs import LEDGER_PROOFS
from backend.proving.meter_proofs import METER_PROOFS
from backend.proving.models import ProofResult
from backend.proving.proof import Finding, Proof
from backend.proving.receipt_proofs import RECEIPT_PROOFS
from backend.proving.trying import findings_of

SELF_CHECK = "self_check"
EVERY = 600.0
TOPIC = "proof_failed"
PATIENCE: LiteralString = "SET LOCAL statement_timeout = '5min'"  # a proof looks at every movement there ever was
PROOFS: tuple[Proof, ...] = (*LEDGER_PROOFS, *RECEIPT_PROOFS, *COMMAND_PROOFS, *METER_PROOFS)


def is_due(session: Session) -> bool:
    """Say whether a self-check is due, and take it, so that no other process does it too."""
    return take(session, name=SELF_CHECK, every=EVERY)


def prove(session: Session) -> list[Finding]:
    """Try every proof and return what does not hold; changes nothing."""
    return [finding for proof in PROOFS for finding in findings_of(session, proof)]


def self_check(session: Session) -> int:
    """Try every proof, raise each new finding as an alarm once and freeze the meters it touches; returns how many.

    A finding that is still there at the next check is no news: a person who let money go on is not overruled.
    """
    session.run_sql(PATIENCE)
    findings = prove(session)
    _note(session, findings)
    for finding in _news(session, findings):
        _raise(session, finding)
    note_done(session, name=SELF_CHECK)
    return len(findings)


def _note(session: Session, findings: Iterable[Finding]) -> None:
    counts = {proof.name: 0 for proof in PROOFS}
    for finding in findings:
        counts[finding.proof.name] += 1
    now = session.database_now()
    rows = [{"proof": name, "findings": count, "proved_at": now} for name, count in counts.items()]
    told = insert(ProofResult)
    newest = {"findings": told.excluded.findings, "proved_at": told.excluded.proved_at}
    session.execute(told.on_conflict_do_update(index_elements=["proof"], set_=newest), rows)


def _news(session: Session, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings no alarm was raised for, those of the same meters together: locks in one order for all."""
    by_key = {f"{TOPIC}:{finding.key}": finding for finding in findings}
    known = set(session.scalars(select(Event.key).where(Event.key.in_(by_key))))
    news = [finding for key, finding in by_key.items() if key not in known]
    return sorted(news, key=lambda finding: finding.meter_ids)


def _raise(session: Session, finding: Finding) -> None:
    proof = finding.proof
    facts = {"proof": proof.name, "sentence": proof.sentence, "subject": finding.subject, **finding.facts}
    outbox.record(
        session,
        organisation_id=finding.organisation_id,
        topic=TOPIC,
        key=finding.key,
        facts=facts | {"meter_ids": list(finding.meter_ids), "freezes": proof.freezes},
        request_id="",
    )
    for meter_id in finding.meter_ids if proof.freezes else ():
        if session.get(Meter, meter_id) is not None:
            freeze(session, meter=lock_meter(session, meter_id), why=TOPIC, facts=facts, request_id="")
