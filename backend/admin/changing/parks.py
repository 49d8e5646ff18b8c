"""A park and its buildings: open, erect, rename."""

from typing import Any

from flask import Response
from sqlalchemy import func, select

from backend.admin.forms.field import Field
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import BASE, acting, blueprint, current, for_staff, office, scope, show
from backend.audit.queries import entries_of
from backend.estate.models import Room
from backend.estate.places import (
    building_inside,
    erect_building,
    open_park,
    park_inside,
    rename_building,
    rename_park,
)
from backend.estate.queries import buildings_seen
from backend.kernel.db import Session
from backend.staff.errors import NotPermittedError
from backend.staff.roles import Permission

VIEW, CHANGE = Permission.VIEW_ESTATE, Permission.CHANGE_ESTATE
LIST = (f"{BASE}/parks", "园区")


@blueprint.get("/parks/<int:number>")
@for_staff(VIEW)
def park(number: int) -> Response:
    """Show a park with its buildings. Raises NotFoundError."""
    reach = scope(VIEW)
    with office().reading() as session:
        seen = park_inside(session, scope=reach, park_id=number)
        buildings = buildings_seen(session, scope=reach, park_id=number)
        used = select(Room.building_id, func.count(), func.sum(Room.area_dm2)).where(Room.retired_at.is_(None))
        told: dict[str, Any] = {
            "park": seen,
            "buildings": buildings,
            "rooms": {row[0]: (row[1], row[2]) for row in session.execute(used.group_by(Room.building_id))},
            "entries": entries_of(session, scope=reach, subject=seen),
        }
    return show("park.html", **told)


@blueprint.get("/parks/new")
@for_staff(CHANGE)
def new_park_page() -> Response:
    """Ask what a new park is called. Raises NotPermittedError for who works for some parks only."""
    return ask(_park_form())


@blueprint.post("/parks/new")
@for_staff(CHANGE)
def new_park() -> Response:
    """Open a park."""

    def opened(session: Session, told: dict[str, Any]) -> str:
        return f"{BASE}/parks/{open_park(session, scope=scope(CHANGE), name=told['name'], by=acting()).id}"

    return take(_park_form(), opened, "园区已新增。")


@blueprint.get("/parks/<int:number>/rename")
@for_staff(CHANGE)
def park_name_page(number: int) -> Response:
    """Ask for another name. Raises NotFoundError."""
    return ask(_rename_form(f"{BASE}/parks/{number}", _park_name(number)))


@blueprint.post("/parks/<int:number>/rename")
@for_staff(CHANGE)
def park_name(number: int) -> Response:
    """Rename a park. Raises NotFoundError."""
    page = f"{BASE}/parks/{number}"

    def renamed(session: Session, told: dict[str, Any]) -> str:
        rename_park(session, scope=scope(CHANGE), park_id=number, name=told["name"], by=acting())
        return page

    return take(_rename_form(page, _park_name(number)), renamed, "名称已修改。")


@blueprint.get("/parks/<int:number>/buildings/new")
@for_staff(CHANGE)
def new_building_page(number: int) -> Response:
    """Ask what a new building is called. Raises NotFoundError."""
    return ask(_building_form(number))


@blueprint.post("/parks/<int:number>/buildings/new")
@for_staff(CHANGE)
def new_building(number: int) -> Response:
    """Erect a building in a park. Raises NotFoundError."""

    def erected(session: Session, told: dict[str, Any]) -> str:
        made = erect_building(session, scope=scope(CHANGE), park_id=number, name=told["name"], by=acting())
        return f"{BASE}/buildings/{made.id}"

    return take(_building_form(number), erected, "楼栋已新增。")


@blueprint.get("/buildings/<int:number>/rename")
@for_staff(CHANGE)
def building_name_page(number: int) -> Response:
    """Ask for another name. Raises NotFoundError."""
    return ask(_rename_form(f"{BASE}/buildings/{number}", _building_name(number)))


@blueprint.post("/buildings/<int:number>/rename")
@for_staff(CHANGE)
def building_name(number: int) -> Response:
    """Rename a building. Raises NotFoundError."""
    page = f"{BASE}/buildings/{number}"

    def renamed(session: Session, told: dict[str, Any]) -> str:
        rename_building(session, scope=scope(CHANGE), building_id=number, name=told["name"], by=acting())
        return page

    return take(_rename_form(page, _building_name(number)), renamed, "名称已修改。")


def _park_form() -> Form:
    if not current().may(CHANGE):
        raise NotPermittedError
    return Form("新增园区", (Field("name", "名称", hint="例如：锦程科技园"),), "新增", LIST)


def _building_form(park_id: int) -> Form:
    above = (f"{BASE}/parks/{park_id}", _park_name(park_id))
    return Form("新增楼栋", (Field("name", "名称", hint="例如：A座"),), "新增", above)


def _rename_form(page: str, name: str) -> Form:
    return Form("改名", (Field("name", "新名称", value=name),), "保存", (page, name))


def _park_name(number: int) -> str:
    with office().reading() as session:
        return park_inside(session, scope=scope(CHANGE), park_id=number).name


def _building_name(number: int) -> str:
    with office().reading() as session:
        return building_inside(session, scope=scope(CHANGE), building_id=number).name
