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
    open_park,
    park_inside,
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
    return ask(rename_form(f"{BASE}/parks/{number}", park_to_change(number)))


@blueprint.post("/parks/<int:number>/rename")
@for_staff(CHANGE)
def park_name(number: int) -> Response:
    """Rename a park. Raises NotFoundError."""
    page = f"{BASE}/parks/{number}"

    def renamed(session: Session, told: dict[str, Any]) -> str:
        rename_park(session, scope=scope(CHANGE), park_id=number, name=told["name"], by=acting())
        return page

    return take(rename_form(page, park_to_change(number)), renamed, "名称已修改。")


def _park_form() -> Form:
    if not current().may(CHANGE):
        raise NotPermittedError
    return Form("新增园区", (Field("name", "名称", hint="例如：锦程科技园"),), "新增", LIST)


def rename_form(page: str, name: str) -> Form:
    """Return the form for another name of what has a page."""
    return Form("改名", (Field("name", "新名称", value=name),), "保存", (page, name))


def park_to_change(number: int) -> str:
    """Return what a park is called that somebody may change. Raises NotFoundError."""
    with office().reading() as session:
        return park_inside(session, scope=scope(CHANGE), park_id=number).name
