"""From an entry of the audit trail to the page of what it tells of."""

from flask import Response

from backend.admin.kit.page import BASE, blueprint, for_staff, go
from backend.kernel.errors import NotFoundError

PAGES = {
    "room": "rooms",
    "holder": "enterprises",
    "meter": "meters",
    "staff": "staff",
    "park": "parks",
    "building": "buildings",
}
PAGES |= {"gateway": "gateways", "line": "lines"}
PAGES |= {"meter_group": "groups", "parameter_template": "parameter-templates"}
LISTS = {"approval": "approvals", "registration": "applicants", "wechat_user": "users"}


@blueprint.get("/things/<kind>/<int:number>")
@for_staff()
def thing(kind: str, number: int) -> Response:
    """Lead to the page of a thing, which says who may see it. Raises NotFoundError."""
    if kind in PAGES:
        return go(f"{BASE}/{PAGES[kind]}/{number}")
    if kind in LISTS:
        return go(f"{BASE}/{LISTS[kind]}")
    raise NotFoundError
