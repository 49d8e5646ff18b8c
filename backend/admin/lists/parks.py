"""The lists of parks and of buildings."""

from typing import Any

from sqlalchemy import Select, func, select

from backend.admin.lists.column import Column, Listing
from backend.admin.lists.joins import inside
from backend.admin.lists.sieves import text_in
from backend.admin.lists.views import hang
from backend.estate.models import Building, Park, Room
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.staff.roles import Permission


def _parks(_: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    buildings = select(func.count()).select_from(Building).where(Building.park_id == Park.id)
    rooms = select(Room).join(Building, Building.id == Room.building_id).where(Building.park_id == Park.id)
    used = rooms.where(Room.retired_at.is_(None)).correlate(Park)
    return select(
        Park.id.label("id"),
        Park.name.label("name"),
        buildings.correlate(Park).scalar_subquery().label("buildings"),
        used.with_only_columns(func.count()).scalar_subquery().label("rooms"),
        used.with_only_columns(func.sum(Room.area_dm2)).scalar_subquery().label("area"),
    ).where(scope.within(Park.organisation_id, Park.id))


def _buildings(_: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    used = select(Room).where(Room.building_id == Building.id, Room.retired_at.is_(None)).correlate(Building)
    return (
        select(
            Building.id.label("id"),
            Building.name.label("name"),
            Park.name.label("park"),
            Park.id.label("park_id"),
            used.with_only_columns(func.count()).scalar_subquery().label("rooms"),
            used.with_only_columns(func.sum(Room.area_dm2)).scalar_subquery().label("area"),
        )
        .join(Park, Park.id == Building.park_id)
        .where(inside(scope))
    )


ROOMS, AREA = Column("rooms", "房间数", "number", total=True), Column("area", "面积", "area", total=True)
PARKS = Listing(
    name="parks",
    title="园区",
    permission=Permission.VIEW_ESTATE,
    columns=(
        Column("name", "名称", link="parks/{id}"),
        Column("buildings", "楼栋数", "number", total=True),
        ROOMS,
        AREA,
    ),
    sieves=(text_in(Park.name, title="园区名称"),),
    statement=_parks,
    order=("name",),
    empty="没有符合条件的园区。",
    create=("parks/new", "新增园区", Permission.CHANGE_ESTATE),
    create_by_whole=True,
)
BUILDINGS = Listing(
    name="buildings",
    title="楼栋",
    permission=Permission.VIEW_ESTATE,
    columns=(
        Column("name", "名称", link="buildings/{id}"),
        Column("park", "园区", link="parks/{park_id}"),
        ROOMS,
        AREA,
    ),
    sieves=(text_in(Building.name, Park.name, title="楼栋或园区"),),
    statement=_buildings,
    order=("park", "name"),
    empty="没有符合条件的楼栋。",
)
hang(PARKS)
hang(BUILDINGS)
