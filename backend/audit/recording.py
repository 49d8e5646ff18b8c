"""Write the audit trail, in the transaction of what is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from json import dumps
from typing import Any, LiteralString

from backend.audit.models import ActorKind
from backend.kernel.db import OwnedRow, Row, Session
from backend.kernel.masking import masked_facts

RECORD: LiteralString = """
WITH entry AS (
    INSERT INTO audit_entry
        (organisation_id, occurred_at, actor_kind, actor_id, actor_name, park_id, action, subject_kind, subject_id,
         before, after, reason, request_id)
    VALUES (%(organisation_id)s, %(now)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(park_id)s, %(action)s,
            %(subject_kind)s, %(subject_id)s, %(before)s::jsonb, %(after)s::jsonb, %(reason)s, %(request_id)s)
    RETURNING id)
INSERT INTO audit_pending (entry_id) SELECT id FROM entry
"""


RECORD_MANY: LiteralString = """
WITH entry AS (
    INSERT INTO audit_entry
        (organisation_id, occurred_at, actor_kind, actor_id, actor_name, park_id, action, subject_kind, subject_id,
         before, after, reason, request_id)
    SELECT told.organisation_id, %(now)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, told.park_id, %(action)s,
           told.subject_kind, told.subject_id, told.before, told.after, %(reason)s, %(request_id)s
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS told
        (organisation_id bigint, park_id bigint, subject_kind text, subject_id bigint, before jsonb, after jsonb)
    RETURNING id)
INSERT INTO audit_pending (entry_id) SELECT id FROM entry
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and in which request."""

    kind: ActorKind
    id: int | None
    name: str
    request_id: str


def operator(name: str) -> Actor:
    """Return who works at the command line; name as it was told."""
    return Actor(ActorKind.OPERATOR, None, name, "command line")


SYSTEM = Actor(ActorKind.SYSTEM, None, "system", "")


def record(
    session: Session,
    *,
    by: Actor,
    action: StrEnum,
    subject: Row,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
    park_id: int | None = None,
) -> None:
    """Keep for ever who did what to a stored row; personal fields of before and after are masked first."""
    session.flush()
    session.run_sql(
        RECORD,
        organisation_id=subject.organisation_id if isinstance(subject, OwnedRow) else subject.id,
        now=session.clock.now(),
        actor_kind=by.kind.value,
        actor_id=by.id,
        actor_name=by.name,
        park_id=park_id,
        action=action.value,
        subject_kind=getattr(subject, "__tablename__", ""),
        subject_id=subject.id,
        before=_json(before),
        after=_json(after),
        reason=reason,
        request_id=by.request_id,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one stored row."""

    subject: OwnedRow
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    park_id: int | None = None


def record_many(
    session: Session, *, by: Actor, action: StrEnum, changes: Sequence[Change], reason: str | None = None
) -> None:
    """Keep for ever what was done to many rows for one reason, an entry each, in one statement."""
    if not changes:
        return
    session.flush()
    rows = [
        {
            "organisation_id": change.subject.organisation_id,
            "park_id": change.park_id,
            "subject_kind": getattr(change.subject, "__tablename__", ""),
            "subject_id": change.subject.id,
            "before": masked_facts(change.before),
            "after": masked_facts(change.after),
        }
        for change in changes
    ]
    session.run_sql(
        RECORD_MANY,
        now=session.clock.now(),
        actor_kind=by.kind.value,
        actor_id=by.id,
        actor_name=by.name,
        action=action.value,
        reason=reason,
        request_id=by.request_id,
        rows=dumps(rows, ensure_ascii=False, default=str),
    )


def _json(facts: Mapping[str, Any] | None) -> str | None:
    return None if facts is None else dumps(masked_facts(facts), ensure_ascii=False, default=str)
