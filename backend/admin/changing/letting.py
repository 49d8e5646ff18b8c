"""Tenancies: somebody moves in, or out."""

from typing import Any

from flask import Response

from backend.admin.changing.describing import room_above, room_to_change
from backend.admin.changing.today import today
from backend.admin.forms.field import Field, day_field
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.labels import label
from backend.admin.kit.page import BASE, acting, blueprint, for_staff, office, scope, t
from backend.admin.kit.writing import kwh, yuan_sign
from backend.estate.holders import holder_named
from backend.estate.models import Holder, Tenancy
from backend.estate.queries import holders_seen
from backend.estate.tenancies import begin_tenancy, end_tenancy
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.lifecycle.standing import Standing, standing_of
from backend.staff.roles import Permission

CHANGE = Permission.CHANGE_ESTATE
SUGGESTED = 500


@blueprint.get("/rooms/<int:number>/let")
@for_staff(CHANGE)
def let_page(number: int) -> Response:
    """Ask to whom, and from when. Raises NotFoundError."""
    return ask(_let_form(number))


@blueprint.post("/rooms/<int:number>/let")
@for_staff(CHANGE)
def let(number: int) -> Response:
    """Let a room to a tenant who is registered. Raises NotFoundError."""

    def begun(session: Session, told: dict[str, Any]) -> str:
        holder = holder_named(session, scope=scope(CHANGE), name=told["holder"])
        days = {"starts_on": told["starts_on"], "ends_on": told["ends_on"]}
        begin_tenancy(session, scope=scope(CHANGE), room_id=number, holder_id=holder.id, **days, by=acting())
        return f"{BASE}/rooms/{number}"

    return take(_let_form(number), begun, "租约已登记。")


@blueprint.get("/rooms/<int:number>/tenancies/<int:tenancy>/end")
@for_staff(CHANGE)
def end_page(number: int, tenancy: int) -> Response:
    """Ask when it ends, and why. Raises NotFoundError."""
    return ask(_end_form(number, tenancy))


@blueprint.post("/rooms/<int:number>/tenancies/<int:tenancy>/end")
@for_staff(CHANGE)
def end(number: int, tenancy: int) -> Response:
    """End a tenancy on a day, or move its end. Raises NotFoundError."""

    def ended(session: Session, told: dict[str, Any]) -> str:
        days = {"ends_on": told["ends_on"], "reason": told["reason"]}
        end_tenancy(session, scope=scope(CHANGE), tenancy_id=tenancy, **days, by=acting())
        return f"{BASE}/rooms/{number}"

    return take(_end_form(number, tenancy), ended, "退租日已登记。")


def credit_told(each: Standing) -> str:
    """Say how much credit an account has for a meter."""
    if each.credit is None:
        return t("未知")
    return kwh(each.credit) if each.in_energy else yuan_sign(each.credit)


def _let_form(number: int) -> Form:
    sight = room_to_change(number)
    with office().reading() as session:
        known = [each.name for each in holders_seen(session, scope=scope(CHANGE), most=SUGGESTED)]
    fields = (
        Field("holder", "租户", suggestions=known, longest=200, hint="已登记的企业、个人或房间组的全称"),
        day_field("starts_on", "起租日", value=today().isoformat()),
        day_field("ends_on", "退租日", required=False, hint="当天起房间空置；不知道就留空"),
    )
    return Form("登记租约", fields, "登记", room_above(sight))


def _end_form(number: int, tenancy: int) -> Form:
    sight = room_to_change(number)
    with office().reading() as session:
        known = session.get(Tenancy, tenancy)
        if known is None or known.room_id != number:
            raise NotFoundError
        holder = session.get_one(Holder, known.holder_id)
        standing = standing_of(session, room_ids=[number]).get(number, [])
    told = [t("租户：{name}（{kind}）", name=holder.name, kind=label(holder.kind))]
    told += [
        t(
            "电表 {meter} 仍由“{holder}”的账户 {account} 付费，余额 {credit}；退租不移动余额，也不改变账户。",
            meter=each.meter.number,
            holder=each.holder.name,
            account=each.account.number,
            credit=credit_told(each),
        )
        for each in standing
    ]
    fields = (
        day_field("ends_on", "退租日", value=(known.ends_on or today()).isoformat(), hint="当天起房间空置"),
        Field("reason", "理由（会永久保存）", longest=200),
    )
    return Form("退租", fields, "退租", room_above(sight), told=tuple(told), danger=True)
