"""Read the audit trail: beside one thing, or searched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from backend.audit.models import ActorKind, AuditEntry
from backend.kernel.db import Row, Session
from backend.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for; what is None does not matter. until is not included; below: entries older than this number."""

    actor_kind: ActorKind | None = None
    actor_id: int | None = None
    action: str | None = None
    subject_kind: str | None = None
    subject_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    request_id: str | None = None
    below: int | None = None


def entries_of(session: Session, *, scope: Scope, subject: Row, most: int = 50) -> Sequence[AuditEntry]:
    """Return what was done to one thing, the newest first; who sees the thing sees all of it."""
    kind = getattr(subject, "__tablename__", "")
    mine = select(AuditEntry).filter_by(organisation_id=scope.organisation_id, subject_kind=kind, subject_id=subject.id)
    return session.scalars(mine.order_by(AuditEntry.id.desc()).limit(most)).all()


def search_entries(session: Session, *, scope: Scope, wanted: AuditFilter, most: int = 50) -> Sequence[AuditEntry]:
    """Return entries inside the scope that fit, the newest first; the last one's number is `below` of the next page."""
    inside = select(AuditEntry).where(scope.within(AuditEntry.organisation_id, AuditEntry.park_id))
    return session.scalars(_fitting(inside, wanted).order_by(AuditEntry.id.desc()).limit(most)).all()


def _fitting(entries: Select[AuditEntry], wanted: AuditFilter) -> Select[AuditEntry]:
    for name in ("actor_kind", "actor_id", "action", "subject_kind", "subject_id", "request_id"):
        value = getattr(wanted, name)
        if value is not None:
            entries = entries.where(getattr(AuditEntry, name) == value)
    if wanted.since is not None:
        entries = entries.where(AuditEntry.occurred_at >= wanted.since)
    if wanted.until is not None:
        entries = entries.where(AuditEntry.occurred_at < wanted.until)
    return entries if wanted.below is None else entries.where(AuditEntry.id < wanted.below)
