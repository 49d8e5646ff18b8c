"""Tenants: register one, rename, papers."""

from typing import Any

from flask import Response

from backend.admin.forms.field import Field, word_field
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.labels import label
from backend.admin.kit.page import BASE, acting, blueprint, for_staff, office, scope
from backend.admin.lists.views import sees_personal
from backend.estate.holders import (
    Papers,
    holder_inside,
    keep_papers,
    register_holder,
    rename_holder,
)
from backend.estate.models import HolderKind
from backend.estate.queries import holder_story
from backend.kernel.db import Session
from backend.staff.errors import NotPermittedError
from backend.staff.roles import Permission

CHANGE = Permission.CHANGE_ESTATE
LIST = (f"{BASE}/enterprises", "企业")
PAPERS = (
    ("credit_code", "统一社会信用代码", "18 位，含校验位"),
    ("invoice_title", "发票抬头", ""),
    ("registered_address", "注册地址", ""),
    ("registered_phone", "注册电话", ""),
    ("bank", "开户银行", ""),
    ("bank_account", "银行账号", ""),
)


@blueprint.get("/enterprises/new")
@for_staff(CHANGE)
def new_holder_page() -> Response:
    """Ask who the new tenant is."""
    return ask(_new_form())


@blueprint.post("/enterprises/new")
@for_staff(CHANGE)
def new_holder() -> Response:
    """Register an enterprise, a person or a room group."""

    def registered(session: Session, told: dict[str, Any]) -> str:
        made = register_holder(session, scope=scope(CHANGE), name=told["name"], kind=told["kind"], by=acting())
        return f"{BASE}/enterprises/{made.id}"

    return take(_new_form(), registered, "租户已登记。")


@blueprint.get("/enterprises/<int:number>/rename")
@for_staff(CHANGE)
def holder_name_page(number: int) -> Response:
    """Ask for another name. Raises NotFoundError."""
    return ask(_rename_form(number))


@blueprint.post("/enterprises/<int:number>/rename")
@for_staff(CHANGE)
def holder_name(number: int) -> Response:
    """Rename a tenant. Raises NotFoundError."""

    def renamed(session: Session, told: dict[str, Any]) -> str:
        rename_holder(session, scope=scope(CHANGE), holder_id=number, name=told["name"], by=acting())
        return f"{BASE}/enterprises/{number}"

    return take(_rename_form(number), renamed, "名称已修改。")


@blueprint.get("/enterprises/<int:number>/papers")
@for_staff(CHANGE)
def papers_page(number: int) -> Response:
    """Ask what an invoice needs. Raises NotFoundError, NotPermittedError for who may not see it."""
    return ask(_papers_form(number))


@blueprint.post("/enterprises/<int:number>/papers")
@for_staff(CHANGE)
def papers(number: int) -> Response:
    """Store what an invoice needs. Raises NotFoundError, NotPermittedError."""

    def kept(session: Session, told: dict[str, Any]) -> str:
        keep_papers(session, scope=scope(CHANGE), holder_id=number, papers=Papers(**told), by=acting())
        return f"{BASE}/enterprises/{number}"

    return take(_papers_form(number), kept, "档案已保存。")


def _new_form() -> Form:
    kinds = [(word.value, label(word)) for word in HolderKind]
    kind = word_field("kind", "类型", HolderKind, kinds, value=HolderKind.ENTERPRISE.value)
    name = Field("name", "名称", longest=200, hint="企业全称、姓名，或房间组的名字")
    told = "房间组用于宿舍：房间和账户归房间组，住的人更换时账户不变。"
    return Form("登记租户", (name, kind), "登记", LIST, told=(told,))


def _rename_form(number: int) -> Form:
    name = holder_to_change(number)
    return Form(
        "改名", (Field("name", "新名称", value=name, longest=200),), "保存", (f"{BASE}/enterprises/{number}", name)
    )


def _papers_form(number: int) -> Form:
    reach = scope(CHANGE)
    with office().reading() as session:
        story = holder_story(session, scope=reach, holder_id=number)
    if not sees_personal(reach):
        raise NotPermittedError
    fields = tuple(
        Field(key, title, required=False, value=getattr(story.papers, key, "") or "", hint=hint, longest=200)
        for key, title, hint in PAPERS
    )
    return Form("修改档案", fields, "保存", (f"{BASE}/enterprises/{number}", story.holder.name))


def holder_to_change(number: int) -> str:
    """Return what a tenant is called that somebody may change. Raises NotFoundError."""
    with office().reading() as session:
        return holder_inside(session, scope=scope(CHANGE), holder_id=number).name
