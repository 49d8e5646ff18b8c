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
    office,
    scope,
    show,
    t,
)
from backend.audit.queries import entries_of
from backend.estate.queries import parks_seen
from backend.kernel.db import Session
from backend.metering.groups.grouping import (
    describe_group,
    dissolve_group,
    group_inside,
    make_group,
    meters_of_group,
    take_from_group,
)
from backend.staff.roles import Permission

VIEW, CHANGE = Permission.VIEW_ESTATE, Permission.CHANGE_ESTATE
LIST = (f"{BASE}/groups", "电表组")


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


@blueprint.get("/groups/<int:number>/change")
@for_staff(CHANGE)
def group_words_page(number: int) -> Response:
    """Ask for another name and remark. Raises NotFoundError."""
    return ask(_words_form(number))


@blueprint.post("/groups/<int:number>/change")
@for_staff(CHANGE)
def group_words(number: int) -> Response:
    """Describe a group anew. Raises NotFoundError."""

    def changed(session: Session, told: dict[str, Any]) -> str:
        words = {"name": told["name"], "remark": told["remark"]}
        describe_group(session, scope=scope(CHANGE), group_id=number, **words, by=acting())
        return f"{BASE}/groups/{number}"

    return take(_words_form(number), changed, "电表组已修改。")


@blueprint.get("/groups/<int:number>/dissolve")
@for_staff(CHANGE)
def dissolve_page(number: int) -> Response:
    """Say what becomes of the meters. Raises NotFoundError."""
    return ask(_dissolve_form(number))


@blueprint.post("/groups/<int:number>/dissolve")
@for_staff(CHANGE)
def dissolve(number: int) -> Response:
    """Dissolve a group. Raises NotFoundError."""

    def dissolved(session: Session, _: dict[str, Any]) -> str:
        dissolve_group(session, scope=scope(CHANGE), group_id=number, by=acting())
        return LIST[0]

    return take(_dissolve_form(number), dissolved, "电表组已解散。")


def _words_form(number: int) -> Form:
    with office().reading() as session:
        seen = group_inside(session, scope=scope(CHANGE), group_id=number)
    fields = (
        Field("name", "名称", value=seen.name),
        Field("remark", "备注", required=False, longest=200, value=seen.remark),
    )
    return Form("修改电表组", fields, "保存", (f"{BASE}/groups/{number}", seen.name))


def _dissolve_form(number: int) -> Form:
    with office().reading() as session:
        seen = group_inside(session, scope=scope(CHANGE), group_id=number)
        meters = len(meters_of_group(session, scope=scope(CHANGE), group_id=number))
    told = (t("组里的 {n} 只电表留在原处，只是不再属于这个组。", n=meters),)
    return Form("解散电表组", (), "解散", (f"{BASE}/groups/{number}", seen.name), told=told, danger=True)


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
