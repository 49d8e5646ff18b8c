"""The list of groups of meters."""

from typing import Any

from sqlalchemy import Select, func, select

from backend.admin.lists.column import Column, Listing
from backend.admin.lists.sieves import text_in
from backend.admin.lists.views import hang
from backend.estate.models import Park
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.group_models import MeterGroup, MeterGroupMember
from backend.staff.roles import Permission


def _groups(_: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    members = select(func.count()).where(MeterGroupMember.group_id == MeterGroup.id)
    return (
        select(
            MeterGroup.id.label("id"),
            MeterGroup.name.label("name"),
            Park.name.label("park"),
            members.correlate(MeterGroup).scalar_subquery().label("meters"),
            MeterGroup.remark.label("remark"),
        )
        .outerjoin(Park, Park.id == MeterGroup.park_id)
        .where(scope.within(MeterGroup.organisation_id, MeterGroup.park_id))
    )


GROUPS = Listing(
    name="groups",
    title="电表组",
    permission=Permission.VIEW_ESTATE,
    columns=(
        Column("name", "名称", link="groups/{id}"),
        Column("park", "园区"),
        Column("meters", "电表数", "number"),
        Column("remark", "备注"),
    ),
    sieves=(text_in(MeterGroup.name, MeterGroup.remark, title="名称或备注"),),
    statement=_groups,
    order=("name",),
    empty="还没有电表组。",
    create=("groups/new", "新建电表组", Permission.CHANGE_ESTATE),
)
hang(GROUPS)
