"""Seal committed entries into one chain for each organisation, soon after and never before."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from backend.audit.chain import START, digest_of
from backend.audit.models import AuditEntry, AuditPending, AuditSeal
from backend.kernel.db import Session

LOCK = 0x61756469  # any number that nobody else locks


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of an organisation's chain: kept elsewhere, it shows that nothing after the start was rewritten."""

    organisation_id: int
    position: int
    digest: str


def seal_pending(session: Session, *, most: int) -> list[Head]:
    """Seal entries that wait and return the new heads; nothing while another process seals.

    Entries are chained as they are found committed: a transaction that took long is chained later than its number says.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return []
    waiting = select(AuditEntry).join(AuditPending, AuditPending.entry_id == AuditEntry.id)
    entries = session.scalars(waiting.order_by(AuditEntry.id).limit(most)).all()
    if not entries:
        return []
    reached = {owner: _head_of(session, owner) for owner in sorted({entry.organisation_id for entry in entries})}
    for entry in entries:
        reached[entry.organisation_id] = _link(session, reached[entry.organisation_id], entry)
    session.flush()
    session.execute(delete(AuditPending).where(AuditPending.entry_id.in_([entry.id for entry in entries])))
    return list(reached.values())


def heads(session: Session) -> Sequence[Head]:
    """Return the last link of every chain."""
    newest = select(AuditSeal).order_by(AuditSeal.organisation_id, AuditSeal.position.desc())
    newest = newest.ext(distinct_on(AuditSeal.organisation_id))
    return [Head(seal.organisation_id, seal.position, seal.digest) for seal in session.scalars(newest)]


def _head_of(session: Session, organisation_id: int) -> Head:
    chain = select(AuditSeal).filter_by(organisation_id=organisation_id)
    last = session.scalars(chain.order_by(AuditSeal.position.desc()).limit(1)).one_or_none()
    return Head(organisation_id, last.position, last.digest) if last else Head(organisation_id, 0, START)


def _link(session: Session, head: Head, entry: AuditEntry) -> Head:
    position = head.position + 1
    digest = digest_of(entry, position=position, previous=head.digest)
    session.add(
        AuditSeal(
            organisation_id=head.organisation_id,
            entry_id=entry.id,
            position=position,
            digest=digest,
            sealed_at=session.clock.now(),
        )
    )
    return Head(head.organisation_id, position, digest)
