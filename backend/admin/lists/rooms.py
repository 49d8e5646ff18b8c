"""The list of rooms."""

from typing import Any

from sqlalchemy import Select, func, select

from backend.admin.lists.column import Act, Column, Listing
from backend.admin.lists.joins import held_now, inside
from backend.admin.lists.sieves import building, text_in, word_of, yes_or_no
from backend.admin.lists.views import hang
from backend.estate.models import Building, Holder, Park, Room, RoomKind, RoomPhase, Tenancy
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.models import Meter, MeterState
from backend.staff.roles import Permission


def _rooms(session: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    meters = select(func.count()).where(Meter.room_id == Room.id, Meter.state == MeterState.ACTIVE)
    return (
        select(
            Room.id.label("id"),
            Room.number.label("number"),
            Park.name.label("park"),
            Building.name.label("building"),
            Room.floor.label("floor"),
            Room.level.label("level"),
            Room.kind.label("kind"),
            Room.phase.label("phase"),
            Room.area_dm2.label("area"),
            Holder.name.label("holder"),
            Holder.id.label("holder_id"),
            meters.scalar_subquery().label("meters"),
            Tenancy.starts_on.label("since"),
            Room.remark.label("remark"),
        )
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .outerjoin(Tenancy, held_now(session))
        .outerjoin(Holder, Holder.id == Tenancy.holder_id)
        .where(inside(scope))
    )


ROOMS = Listing(
    name="rooms",
    title="房间",
    permission=Permission.VIEW_ESTATE,
    columns=(
        Column("number", "房号", link="rooms/{id}"),
        Column("park", "园区"),
        Column("building", "楼栋"),
        Column("floor", "楼层"),
        Column("holder", "企业", link="enterprises/{holder_id}"),
        Column("kind", "用途", "word", enum="RoomKind"),
        Column("area", "面积", "area", total=True),
        Column("meters", "电表数", "number", total=True),
        Column("phase", "相位", "word", enum="RoomPhase", shown=False),
        Column("since", "起租日", "day", shown=False),
        Column("remark", "备注", shown=False),
    ),
    sieves=(
        text_in(Room.number, Holder.name, title="房号或企业"),
        building(Room.building_id),
        word_of("kind", "用途", Room.kind, RoomKind),
        word_of("phase", "相位", Room.phase, RoomPhase),
        yes_or_no("held", "租用", lambda: Holder.id.is_not(None), "已租", "空置"),
        yes_or_no("retired", "状态", lambda: Room.retired_at.is_not(None), "已停用", "在用"),
    ),
    statement=_rooms,
    order=("park", "building", "level", "floor", "number"),
    empty="没有符合条件的房间。",
    acts=(
        Act("rooms/term", "换届（学期结转）", "refresh", Permission.CHANGE_ESTATE, ("kind", RoomKind.DORMITORY.value)),
    ),
    create=("rooms/new", "新增房间", Permission.CHANGE_ESTATE),
)
hang(ROOMS)
