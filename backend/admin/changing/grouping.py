"""Meters into a group: those that the filter of their list finds."""

from typing import Any

from flask import Response, request

from backend.admin.forms.field import Field, number_of
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import (
    BASE,
    acting,
    blueprint,
    for_staff,
    looked_at,
    office,
    scope,
    t,
)
from backend.admin.lists.column import Listing
from backend.admin.lists.meters import METERS
from backend.admin.lists.running import all_rows
from backend.admin.lists.wish import wish_of
from backend.kernel.db import Session
from backend.metering.groups.grouping import (
    groups_seen,
    put_in_group,
)
from backend.staff.roles import Permission

CHANGE = Permission.CHANGE_ESTATE
MOST, NAMED = 20_000, 30


@blueprint.get("/meters/to-group")
@for_staff(CHANGE)
def to_group_page() -> Response:
    """Say which meters the filter finds, and ask for the group."""
    return ask(_to_group_form())


@blueprint.post("/meters/to-group")
@for_staff(CHANGE)
def to_group() -> Response:
    """Put every meter that the filter finds into a group."""
    reach = looked_at(CHANGE)

    def put(session: Session, told: dict[str, Any]) -> str:
        found = [row["id"] for row in _found(session, METERS)]
        put_in_group(session, scope=reach, group_id=told["group"], meter_ids=found, by=acting())
        return f"{BASE}/groups/{told['group']}"

    return take(_to_group_form(), put, "电表已加入电表组。")


def _to_group_form() -> Form:
    with office().reading() as session:
        numbers = [row["number"] for row in _found(session, METERS)]
        groups = [(str(each.id), each.name) for each in groups_seen(session, scope=scope(CHANGE))]
    told = [t("按列表的筛选条件找到 {n} 只电表。", n=len(numbers))]
    told += ["、".join(numbers[:NAMED]) + (" …" if len(numbers) > NAMED else "")] if numbers else []
    field = Field("group", "加入哪个电表组", "choice", number_of, choices=groups, hint="没有合适的组，请先新建电表组")
    query = request.query_string.decode()
    return Form("加入电表组", (field,), "加入", (f"{BASE}/meters?{query}", "电表"), told=tuple(told))


def _found(session: Session, listing: Listing) -> list[Any]:
    wish = wish_of(listing, request.args, None)
    return list(all_rows(session, scope=looked_at(CHANGE), wish=wish, most=MOST))
