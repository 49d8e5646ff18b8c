"""Which template for which meters: as the form asks, and as the filter in the address finds them."""

from flask import request

from backend.admin.forms.field import Field, number_of
from backend.admin.forms.form import Form
from backend.admin.kit.page import BASE, looked_at, office, scope, t
from backend.admin.lists.meters import METERS
from backend.admin.lists.running import all_rows
from backend.admin.lists.wish import wish_of
from backend.kernel.db import Session
from backend.metering.parameters.errors import TemplateEmptyError, TooManyMetersError
from backend.metering.parameters.money import SET
from backend.metering.parameters.planning import MOST
from backend.metering.parameters.templates import template_seen, templates_seen
from backend.metering.parameters.wish import ParameterWish
from meter_bridge.protocol import ParameterCode


def wish_of_filter(session: Session, template_id: int, reason: str) -> ParameterWish:
    """Return what is wished of the meters that the filter finds. Raises NotFoundError, TemplateEmptyError."""
    template = template_seen(session, scope=scope(SET), template_id=template_id)
    values = {code: template.values[code.value] for code in ParameterCode if code.value in template.values}
    if not values:
        raise TemplateEmptyError
    rows = list(all_rows(session, scope=looked_at(SET), wish=wish_of(METERS, request.args, None), most=MOST + 1))
    if len(rows) > MOST:
        raise TooManyMetersError(most=MOST)
    meters = tuple(row["id"] for row in rows)
    return ParameterWish(values, meters, template.credit_unit, reason, template, query())


def template_form() -> Form:
    """Return the form that asks for the template and the reason."""
    with office().reading() as session:
        wish = wish_of(METERS, request.args, None)
        count = sum(1 for _ in all_rows(session, scope=looked_at(SET), wish=wish, most=MOST + 1))
        templates = [(str(each.id), each.name) for each in templates_seen(session, scope=scope(SET))]
    told = (t("按列表的筛选条件找到 {n} 只电表。", n=count), t("先预览，不会改动任何电表；确认后一次下发。"))
    fields = (
        Field("template", "参数模板", "choice", number_of, choices=templates, hint="没有合适的模板，请先新建参数模板"),
        Field("reason", "理由（会永久保存）", longest=200),
    )
    above = (f"{BASE}/meters?{query()}", "电表")
    return Form("套用参数模板", fields, "预览", above, told=told)


def query() -> str:
    """Return the filter as the address has it."""
    return request.query_string.decode()
