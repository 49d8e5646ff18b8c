"""The list of who works here."""

from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, exists, func, or_, select

from backend.admin.kit.labels import label
from backend.admin.lists.column import Column, Listing, Sieve
from backend.admin.lists.sieves import text_in
from backend.admin.lists.views import hang
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.staff.models import Staff, StaffGrant
from backend.staff.queries import StaffState
from backend.staff.roles import Permission, StaffRole
from backend.staff.session_models import StaffSession

COLOURS = {StaffState.ACTIVE.value: "green", StaffState.INVITED.value: "amber", StaffState.DISABLED.value: "secondary"}
_OPEN = (StaffGrant.staff_id == Staff.id) & StaffGrant.ended_at.is_(None)
_STATE = case(
    (Staff.disabled_at.is_not(None), StaffState.DISABLED.value),
    (Staff.password_hash.is_(None), StaffState.INVITED.value),
    else_=StaffState.ACTIVE.value,
)


def _staff(_: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    roles = select(func.string_agg(cast(StaffGrant.role, String).distinct(), ",")).where(_OPEN)
    seen = select(func.max(StaffSession.seen_at)).where(StaffSession.staff_id == Staff.id)
    found = select(
        Staff.id.label("id"),
        Staff.login.label("login"),
        Staff.name.label("name"),
        Staff.phone.label("phone"),
        _STATE.label("state"),
        roles.scalar_subquery().label("roles"),
        seen.scalar_subquery().label("seen_at"),
        Staff.created_at.label("created_at"),
    ).where(Staff.organisation_id == scope.organisation_id)
    if scope.park_ids is None:
        return found
    outside = or_(StaffGrant.park_id.is_(None), StaffGrant.park_id.not_in(sorted(scope.park_ids)))
    return found.where(exists().where(_OPEN), ~exists().where(and_(_OPEN, outside)))


def _has(told: str) -> ColumnElement[bool] | None:
    return exists().where(_OPEN, StaffGrant.role == StaffRole(told)) if told in set(StaffRole) else None


STAFF = Listing(
    name="staff",
    title="员工",
    permission=Permission.MANAGE_STAFF,
    columns=(
        Column("name", "姓名", link="staff/{id}"),
        Column("login", "用户名"),
        Column("roles", "角色", "words", enum="StaffRole", sortable=False),
        Column("phone", "电话", personal="phone"),
        Column("state", "状态", "word", enum="StaffState", colours=COLOURS),
        Column("seen_at", "最近使用", "time"),
        Column("created_at", "加入时间", "time", shown=False),
    ),
    sieves=(
        text_in(Staff.login, Staff.name, title="姓名或用户名"),
        Sieve(
            "role", "角色", _has, "choice", lambda _session, _scope: [(role.value, label(role)) for role in StaffRole]
        ),
    ),
    statement=_staff,
    order=("login",),
    empty="没有符合条件的员工。",
    by_park=False,
    create=("staff/invite", "邀请员工", Permission.MANAGE_STAFF),
)
hang(STAFF)
