"""Whom to call about a tenant."""

from typing import Any

from flask import Response

from backend.admin.changing.holders import holder_to_change
from backend.admin.forms.field import Field
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import BASE, acting, blueprint, flash, for_staff, go, office, scope, t
from backend.estate.archive_models import Contact
from backend.estate.holders import (
    add_contact,
    remove_contact,
)
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.staff.roles import Permission

CHANGE = Permission.CHANGE_ESTATE


@blueprint.get("/enterprises/<int:number>/contacts")
@for_staff(CHANGE)
def contact_page(number: int) -> Response:
    """Ask whom to call. Raises NotFoundError."""
    return ask(_contact_form(number))


@blueprint.post("/enterprises/<int:number>/contacts")
@for_staff(CHANGE)
def new_contact(number: int) -> Response:
    """Add somebody to call. Raises NotFoundError."""

    def added(session: Session, told: dict[str, Any]) -> str:
        add_contact(session, scope=scope(CHANGE), holder_id=number, **told, by=acting())
        return f"{BASE}/enterprises/{number}"

    return take(_contact_form(number), added, "联系人已添加。")


@blueprint.post("/enterprises/<int:number>/contacts/<int:contact>/remove")
@for_staff(CHANGE)
def old_contact(number: int, contact: int) -> Response:
    """Forget somebody to call. Raises NotFoundError."""

    def removed(session: Session) -> None:
        known = session.get(Contact, contact)
        if known is None or known.holder_id != number:
            raise NotFoundError
        remove_contact(session, scope=scope(CHANGE), contact_id=contact, by=acting())

    office().run(removed)
    flash(t("联系人已删除。"))
    return go(f"{BASE}/enterprises/{number}")


def _contact_form(number: int) -> Form:
    fields = (
        Field("name", "姓名"),
        Field("phone", "电话", "tel", longest=30),
        Field("duty", "职务", required=False),
    )
    told = ("微信验证过这个号码的人，申请绑定时会自动通过。",)
    return Form("添加联系人", fields, "添加", (f"{BASE}/enterprises/{number}", holder_to_change(number)), told=told)
