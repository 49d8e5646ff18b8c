"""The form by which a park gets a gateway."""

from ipaddress import ip_network
from typing import Any

from flask import Response

from backend.admin.forms.field import Field
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import BASE, acting, blueprint, for_staff, office, scope
from backend.estate.places import park_inside
from backend.kernel.db import Session
from backend.metering.field.installing_lines import install_gateway
from backend.runtime import runtime
from backend.staff.roles import Permission

INSTALL = Permission.INSTALL_METERS
HOST_HINT = "网关在内网的 IP 地址。串口和 DTU 拨入的线路不连接它：填本机地址 127.0.0.1。"


@blueprint.get("/parks/<int:number>/gateways/new")
@for_staff(INSTALL)
def new_gateway_page(number: int) -> Response:
    """Ask what a new gateway is called and where it is. Raises NotFoundError."""
    return ask(_form(number))


@blueprint.post("/parks/<int:number>/gateways/new")
@for_staff(INSTALL)
def new_gateway(number: int) -> Response:
    """Add a gateway to a park. Raises NotFoundError."""
    networks = [ip_network(network) for network in runtime().settings.line_networks]

    def added(session: Session, told: dict[str, Any]) -> str:
        asked = {"park_id": number, "name": told["name"], "host": told["host"]}
        made = install_gateway(session, scope=scope(INSTALL), networks=networks, by=acting(), **asked)
        return f"{BASE}/gateways/{made.id}"

    return take(_form(number), added, "网关已登记，请再登记它的线路。")


def _form(park_id: int) -> Form:
    with office().reading() as session:
        name = park_inside(session, scope=scope(INSTALL), park_id=park_id).name
    fields = (Field("name", "名称", hint="例如：A座网关"), Field("host", "IP 地址", hint=HOST_HINT, longest=45))
    return Form("登记网关", fields, "登记", (f"{BASE}/parks/{park_id}", name))
