"""The form by which a gateway gets a line."""

from typing import Any

from flask import Response

from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import BASE, acting, blueprint, for_staff, office, scope
from backend.admin.lines.line_fields import fields_of, wish_of
from backend.admin.lines.seeing_lines import gateway_seen
from backend.kernel.db import Session
from backend.metering.field.installing_lines import install_line
from backend.metering.lines.enrolment import bridges_in_use
from backend.staff.roles import Permission

INSTALL = Permission.INSTALL_METERS


@blueprint.get("/gateways/<int:number>/lines/new")
@for_staff(INSTALL)
def new_line_page(number: int) -> Response:
    """Ask how a new line of a gateway is reached. Raises NotFoundError."""
    return ask(_form(number))


@blueprint.post("/gateways/<int:number>/lines/new")
@for_staff(INSTALL)
def new_line(number: int) -> Response:
    """Add a line to a gateway. Raises NotFoundError."""

    def added(session: Session, told: dict[str, Any]) -> str:
        wish = wish_of(told)
        made = install_line(session, scope=scope(INSTALL), gateway_id=number, wish=wish, by=acting())
        return f"{BASE}/lines/{made.id}"

    return take(_form(number), added, "线路已登记，网桥会在几秒内接管。")


def _form(gateway_id: int) -> Form:
    with office().reading() as session:
        gateway, _ = gateway_seen(session, scope=scope(INSTALL), gateway_id=gateway_id)
        bridges = bridges_in_use(session, organisation_id=gateway.organisation_id)
    return Form("登记线路", fields_of(bridges), "登记", (f"{BASE}/gateways/{gateway_id}", gateway.name))
