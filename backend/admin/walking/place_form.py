"""What a walk test asks for before it begins."""

from flask import request

from backend.admin.details.seeing_exchanges import lines_of_park
from backend.admin.forms.field import Field
from backend.admin.forms.form import Form
from backend.admin.kit.page import BASE, office, scope
from backend.estate.queries import buildings_seen, parks_seen
from backend.importing.cells import CellError
from backend.staff.roles import Permission

INSTALL, PAGE = Permission.INSTALL_METERS, f"{BASE}/walks"


def place_form() -> Form:
    """Return the form that asks where to walk, and whether tenants may be cut."""
    with office().reading() as session:
        buildings = buildings_seen(session, scope=scope(INSTALL), park_id=None)
        parks = parks_seen(session, scope=scope(INSTALL))
        lines = [line for park in parks for line in lines_of_park(session, park_id=park.id)]
    places = [(f"b{each.id}", each.name) for each in buildings] + [(f"l{number}", name) for number, name in lines]

    def read(told: str) -> tuple[str, int]:
        if told not in dict(places):
            raise CellError("请选择", "please choose")
        return {"b": "building_id", "l": "line_id"}[told[0]], int(told[1:])

    first = request.args.get("place", "")
    place = Field("place", "楼栋或线路", "choice", read=read, choices=places, value=first)
    hint = "不填：有租户的房间一律跳过。填写后，这些房间会短时断电。"
    cut = Field("cut", "可断租户的电，理由（会永久保存）", required=False, hint=hint, longest=200)
    told = ("逐只拉闸，看哪间断电，再合闸。离开超过十五分钟，拉开的断路器会自动合上。",)
    return Form("走查", (place, cut), "开始走查", (PAGE, "走查"), told=told, hidden=(("back", f"{PAGE}/new"),))
