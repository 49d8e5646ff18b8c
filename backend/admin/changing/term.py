"""The end of a term: choose rooms by the filter of their list, look at what would happen, confirm once."""

from typing import Any

from flask import Response, request
from sqlalchemy import select

from backend.admin.changing.letting import credit_told
from backend.admin.changing.term_wish import comers_of, packed, unpacked
from backend.admin.forms.field import Field, day_field
from backend.admin.forms.form import Form, ask, ask_again, blamed, read
from backend.admin.kit.language import language
from backend.admin.kit.page import BASE, acting, blueprint, flash, for_staff, go, looked_at, office, scope, show, t
from backend.admin.lists.rooms import ROOMS
from backend.admin.lists.running import all_rows
from backend.admin.lists.wish import wish_of
from backend.estate.models import Holder, Room, RoomKind, Tenancy
from backend.importing.cells import CellError
from backend.importing.checking import Row
from backend.importing.layout import SheetKind
from backend.importing.template import marked
from backend.kernel.errors import ProductError
from backend.lifecycle.rolling_over import roll_over
from backend.lifecycle.term import TermFate, TermWish, digest_of, plan_term
from backend.staff.roles import Permission

CHANGE = Permission.CHANGE_ESTATE
LIST, MOST = f"{BASE}/rooms", 1_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/rooms/term")
@for_staff(CHANGE)
def term_page() -> Response:
    """Ask for the days and for who comes; only dormitories have terms."""
    if request.args.get("kind") != RoomKind.DORMITORY:
        return go(f"{LIST}?kind={RoomKind.DORMITORY.value}")
    return ask(_form(len(_chosen())))


@blueprint.get("/rooms/term/workbook")
@for_staff(CHANGE)
def term_workbook() -> Response:
    """Return the chosen rooms as a workbook with who holds them, to be filled with who comes."""
    chosen = _chosen()
    with office().reading() as session:
        holding = select(Tenancy.room_id, Holder.name).join(Holder, Holder.id == Tenancy.holder_id)
        rooms = select(Room).where(Room.id.in_(chosen.values()))
        floors = {room.id: room.floor for room in session.scalars(rooms)}
        names = dict(
            session.execute(holding.where(Tenancy.room_id.in_(chosen.values()), Tenancy.ends_on.is_(None))).all()
        )
    rows = [
        Row(
            SheetKind.ROOMS,
            number,
            {"park": park, "building": building, "number": room, "floor": floors[at]},
            known_id=at,
        )
        for number, ((park, building, room), at) in enumerate(chosen.items(), start=2)
    ]
    for row in rows:
        row.typed["holder"] = names.get(row.known_id or 0, "")
    answer = Response(marked({SheetKind.ROOMS: rows}) if rows else b"", content_type=XLSX)
    answer.headers["Content-Disposition"] = 'attachment; filename="term.xlsx"'
    return answer


@blueprint.post("/rooms/term")
@for_staff(CHANGE)
def look_at_term() -> Response:
    """Show for each room what would happen; nothing is changed."""
    chosen = _chosen()
    form = _form(len(chosen))
    values, wrong = read(form)
    if wrong:
        return ask_again(form, wrong)
    try:
        comers = comers_of(values["file"], chosen) if values["file"] else {}
    except CellError as error:
        return ask_again(form, {"file": error.en if language() == "en" else error.zh})
    except ProductError as error:
        return ask_again(form, {"file": error.sentence(language())})
    wish = TermWish(values["last_day"], values["first_day"], tuple(chosen.values()), comers)
    try:
        with office().reading() as session:
            rows = plan_term(session, scope=scope(CHANGE), wish=wish)
    except ProductError as error:
        return ask_again(form, {blamed(form, error): error.sentence(language())})
    told: dict[str, Any] = {"rows": rows, "wish": wish, "digest": digest_of(wish, rows), "packed": packed(wish)}
    changing = sum(row.fate not in (TermFate.KEPT, TermFate.REFUSED) for row in rows)
    return show("term.html", **told, credit_told=credit_told, changing=changing, query=request.query_string.decode())


@blueprint.post("/rooms/term/confirm")
@for_staff(CHANGE)
def confirm_term() -> Response:
    """Carry out what was shown, once."""
    wish, digest = unpacked(request.form.get("wish", "")), request.form.get("digest", "")
    counts = office().run(lambda s: roll_over(s, scope=scope(CHANGE), wish=wish, digest=digest, by=acting()))
    told = {fate.value: counts.get(fate.value, 0) for fate in TermFate}
    flash(
        t(
            "换届完成：换人 {replaced} 间，退租 {emptied} 间，入住 {let} 间；续住 {kept} 间，未处理 {refused} 间。",
            **told,
        )
    )
    return go(f"{LIST}?kind={RoomKind.DORMITORY.value}")


def _form(count: int) -> Form:
    fields = (
        day_field("last_day", "本学期最后一天"),
        day_field("first_day", "新学期第一天"),
        Field(
            "file",
            "新租户名单（.xlsx）",
            "file",
            required=False,
            hint="先下载名单，把“租户”一列改成新租户；留空或不上传表示退租后空置。",
        ),
    )
    told = [t("按列表的筛选条件选中 {n} 个宿舍房间。", n=count), "先检查，不会改动任何数据；确认后一次完成。"]
    query = request.query_string.decode()
    download = (f"{BASE}/rooms/term/workbook?{query}", "下载名单")
    above = (f"{LIST}?{query}", "房间")
    return Form("换届（学期结转）", fields, "检查", above, told=tuple(told), download=download)


def _chosen() -> dict[tuple[str, str, str], int]:
    """Return the rooms in use that the filter finds, by the names a workbook uses."""
    reach = looked_at(CHANGE)
    with office().reading() as session:
        rows = list(all_rows(session, scope=reach, wish=wish_of(ROOMS, request.args, None), most=MOST))
        used = set(
            session.scalars(select(Room.id).where(Room.id.in_([r["id"] for r in rows]), Room.retired_at.is_(None)))
        )
    return {(row["park"], row["building"], row["number"]): row["id"] for row in rows if row["id"] in used}
