"""Another name for a building."""

from typing import Any

from flask import Response

from backend.admin.changing.parks import rename_form
from backend.admin.forms.form import ask, take
from backend.admin.kit.page import BASE, acting, blueprint, for_staff, office, scope
from backend.estate.places import (
    building_inside,
    rename_building,
)
from backend.kernel.db import Session
from backend.staff.roles import Permission

CHANGE = Permission.CHANGE_ESTATE


@blueprint.get("/buildings/<int:number>/rename")
@for_staff(CHANGE)
def building_name_page(number: int) -> Response:
    """Ask for another name. Raises NotFoundError."""
    return ask(rename_form(f"{BASE}/buildings/{number}", _building_name(number)))


@blueprint.post("/buildings/<int:number>/rename")
@for_staff(CHANGE)
def building_name(number: int) -> Response:
    """Rename a building. Raises NotFoundError."""
    page = f"{BASE}/buildings/{number}"

    def renamed(session: Session, told: dict[str, Any]) -> str:
        rename_building(session, scope=scope(CHANGE), building_id=number, name=told["name"], by=acting())
        return page

    return take(rename_form(page, _building_name(number)), renamed, "名称已修改。")


def _building_name(number: int) -> str:
    with office().reading() as session:
        return building_inside(session, scope=scope(CHANGE), building_id=number).name
