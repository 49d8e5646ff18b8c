"""The audit trail, searched."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from backend.admin.kit.labels import ACTIONS, labels, named
from backend.admin.lists.column import Choices, Column, Listing, Sieve
from backend.admin.lists.sieves import since, text_in, until, word_of
from backend.admin.lists.views import hang
from backend.audit.models import ActorKind, AuditEntry, AuditSeal
from backend.estate.models import Park
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.staff.roles import Permission


def _entries(_: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(
            AuditEntry.id.label("id"),
            AuditEntry.occurred_at.label("occurred_at"),
            AuditEntry.actor_kind.label("actor_kind"),
            AuditEntry.actor_name.label("actor"),
            AuditEntry.action.label("action"),
            AuditEntry.subject_kind.label("subject_kind"),
            AuditEntry.subject_id.label("subject_id"),
            Park.name.label("park"),
            AuditEntry.before.label("before"),
            AuditEntry.after.label("after"),
            AuditEntry.reason.label("reason"),
            AuditEntry.request_id.label("request_id"),
            AuditSeal.position.label("seal"),
        )
        .outerjoin(Park, Park.id == AuditEntry.park_id)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(scope.within(AuditEntry.organisation_id, AuditEntry.park_id))
    )


def _is(told: str) -> ColumnElement[bool]:
    return AuditEntry.action == told


def _actions(_: Session, __: Scope) -> Choices:
    return [(word, named(enum, word)) for enum in ACTIONS for word in labels().get(enum, {})]


AUDIT = Listing(
    name="audit",
    title="审计",
    permission=Permission.VIEW_AUDIT,
    columns=(
        Column("occurred_at", "时间", "time"),
        Column("actor", "谁"),
        Column("action", "做了什么", "action"),
        Column("subject_kind", "对象", "word", enum="Subject", link="things/{subject_kind}/{subject_id}"),
        Column("after", "变更", "change", sortable=False),
        Column("reason", "理由"),
        Column("request_id", "请求编号"),
        Column("actor_kind", "身份", "word", enum="ActorKind", shown=False),
        Column("park", "园区", shown=False),
        Column("before", "变更前", "change", shown=False, sortable=False),
        Column("subject_id", "对象编号", "number", shown=False),
        Column("seal", "封存序号", "number", shown=False),
    ),
    sieves=(
        text_in(AuditEntry.actor_name, AuditEntry.reason, AuditEntry.request_id, title="谁、理由或请求编号"),
        Sieve("action", "做了什么", _is, "choice", _actions),
        word_of("actor_kind", "身份", AuditEntry.actor_kind, ActorKind),
        since(AuditEntry.occurred_at),
        until(AuditEntry.occurred_at),
    ),
    statement=_entries,
    order=("-occurred_at",),
    empty="没有符合条件的审计记录。",
)
hang(AUDIT)
