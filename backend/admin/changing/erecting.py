"""A new building of a park."""

from typing import Any

from flask import Response

from backend.admin.changing.parks import park_to_change
from backend.admin.forms.field import Field
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import BASE, acting, blueprint, for_staff, scope
from backend.estate.places import (
    erect_building,
)
from backend.kernel.db import Session
from backend.staff.roles import Permission

CHANGE = Permission.CHANGE_ESTATE


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


def _building_form(park_id: int) -> Form:
    above = (f"{BASE}/parks/{park_id}", park_to_change(park_id))
    return Form("新增楼栋", (Field("name", "名称", hint="例如：A座"),), "新增", above)
