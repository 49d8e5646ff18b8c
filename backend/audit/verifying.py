"""Prove the audit trail: every entry as it was written, none gone, none moved, none cut off."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import select

from backend.audit.chain import START, digest_of
from backend.audit.models import AuditEntry, AuditSeal
from backend.audit.sealing import Head
from backend.kernel.db import Session

SEALED_AFTER = timedelta(minutes=1)
AT_ONCE = 1000


class Flaw(StrEnum):
    """What can be wrong with a chain."""

    CHANGED = "changed"
    ENTRY_GONE = "entry_gone"
    LINK_GONE = "link_gone"
    NEVER_SEALED = "never_sealed"
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where."""

    flaw: Flaw
    organisation_id: int
    position: int | None
    entry_id: int | None


def verify(session: Session, *, exported: Iterable[Head] = ()) -> list[Finding]:
    """Return everything that is wrong with the trail; exported: heads that were written down elsewhere earlier.

    Without such heads, whoever may write everything could rewrite a whole chain or cut off its end unseen.
    """
    return [*_broken_links(session), *_unsealed(session), *_lost_heads(session, exported)]


def _broken_links(session: Session) -> Iterator[Finding]:
    links = (
        select(AuditSeal, AuditEntry)
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .order_by(AuditSeal.organisation_id, AuditSeal.position)
        .execution_options(yield_per=AT_ONCE)
    )
    owner, position, digest = None, 0, START
    for row in session.execute(links):
        seal: AuditSeal = row[0]
        entry: AuditEntry | None = row[1]
        if seal.organisation_id != owner:
            owner, position, digest = seal.organisation_id, 0, START
        here = (seal.organisation_id, seal.position, seal.entry_id)
        if seal.position != position + 1:
            yield Finding(Flaw.LINK_GONE, *here)
        if entry is None:
            yield Finding(Flaw.ENTRY_GONE, *here)
        elif digest_of(entry, position=seal.position, previous=digest) != seal.digest:
            yield Finding(Flaw.CHANGED, *here)
        position, digest = seal.position, seal.digest


def _unsealed(session: Session) -> Iterator[Finding]:
    late = session.clock.now() - SEALED_AFTER
    left = (
        select(AuditEntry)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(AuditSeal.id.is_(None), AuditEntry.occurred_at < late)
        .order_by(AuditEntry.id)
    )
    for entry in session.scalars(left):
        yield Finding(Flaw.NEVER_SEALED, entry.organisation_id, None, entry.id)


def _lost_heads(session: Session, exported: Iterable[Head]) -> Iterator[Finding]:
    for head in exported:
        link = session.scalars(
            select(AuditSeal).filter_by(organisation_id=head.organisation_id, position=head.position)
        ).one_or_none()
        if link is None or link.digest != head.digest:
            yield Finding(Flaw.CUT_OFF, head.organisation_id, head.position, None)
