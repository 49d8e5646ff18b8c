"""Groups of meters: a new one, its meters, meters put in by the filter of their list and taken out."""

from typing import Any

from flask import Response, request

from backend.admin.forms.field import Field, number_of
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import (
    BASE,
    acting,
    back,
    blueprint,
    current,
    flash,
    for_staff,
    looked_at,
    office,
    scope,
    show,
    t,
)
from backend.admin.lists.column import Listing
from backend.admin.lists.meters import METERS
from backend.admin.lists.running import all_rows
from backend.admin.lists.wish import wish_of
from backend.audit.queries import entries_of
from backend.estate.queries import parks_seen
from backend.kernel.db import Session
from backend.metering.grouping import (
    group_inside,
    groups_seen,
    make_group,
    meters_of_group,
    put_in_group,
    take_from_group,
)
from backend.staff.roles import Permission

VIEW, CHANGE = Permission.VIEW_ESTATE, Permission.CHANGE_ESTATE
LIST = (f"{BASE}/groups", "电表组")
MOST, NAMED = 20_000, 30


@blueprint.get("/groups/<int:number>")
@for_staff(VIEW)
def group(number: int) -> Response:
    """Show a group with its meters. Raises NotFoundError."""
    reach = scope(VIEW)
    with office().reading() as session:
        seen = group_inside(session, scope=reach, group_id=number)
        meters = meters_of_group(session, scope=reach, group_id=number)
        entries = entries_of(session, scope=reach, subject=seen)
    return show("group.html", group=seen, meters=meters, entries=entries)


@blueprint.get("/groups/new")
@for_staff(CHANGE)
def new_group_page() -> Response:
    """Ask what a new group is called."""
    return ask(_new_form())


@blueprint.post("/groups/new")
@for_staff(CHANGE)
def new_group() -> Response:
    """Make a group of one park, or of the whole organisation. Raises NotFoundError for a park of others."""

    def made(session: Session, told: dict[str, Any]) -> str:
        words = {"name": told["name"], "park_id": told["park"], "remark": told["remark"]}
        return f"{BASE}/groups/{make_group(session, scope=scope(CHANGE), **words, by=acting()).id}"

    return take(_new_form(), made, "电表组已新建。")


@blueprint.post("/groups/<int:number>/take-out")
@for_staff(CHANGE)
def take_out(number: int) -> Response:
    """Take the ticked meters out of a group. Raises NotFoundError."""
    ticked = {int(each) for each in request.form.getlist("meter") if each.isascii() and each.isdecimal()}
    reach = scope(CHANGE)
    office().run(lambda s: take_from_group(s, scope=reach, group_id=number, meter_ids=ticked, by=acting()))
    flash(t("已移出 {n} 只电表。", n=len(ticked)))
    return back(f"{BASE}/groups/{number}")


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


def _new_form() -> Form:
    with office().reading() as session:
        parks = parks_seen(session, scope=scope(CHANGE))
    whole = current().may(CHANGE)
    choices = [("", t("全部园区"))] if whole else []
    choices += [(str(each.id), each.name) for each in parks]
    fields = (
        Field("name", "名称", hint="例如：一层商铺"),
        Field("park", "园区", "choice", number_of, required=not whole, nothing=None, choices=choices[whole:]),
        Field("remark", "备注", required=False, longest=200),
    )
    return Form("新建电表组", fields, "新建", LIST)


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
