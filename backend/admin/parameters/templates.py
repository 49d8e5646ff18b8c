"""Templates of parameters: a new one, its values, another name, and its end."""

from typing import Any

from flask import Response, request

from backend.admin.forms.form import ask, take
from backend.admin.kit.page import acting, blueprint, current, for_staff, go, office, scope, show, t, visitor
from backend.admin.parameters.asking import ask_value, take_value
from backend.admin.parameters.codes import parameter_code
from backend.admin.parameters.template_forms import LIST, known_template, new_form, value_form
from backend.audit.queries import entries_of
from backend.kernel.db import Session
from backend.metering.parameters.money import SET, is_priced
from backend.metering.parameters.templates import (
    make_template,
    set_in_template,
    template_seen,
)
from backend.staff.roles import Permission
from meter_bridge.protocol import CreditUnit, ParameterCode

VIEW = Permission.VIEW_ESTATE


@blueprint.get("/parameter-templates/<int:number>")
@for_staff(VIEW)
def parameter_template(number: int) -> Response:
    """Show a template with its values. Raises NotFoundError."""
    reach = scope(VIEW)
    with office().reading() as session:
        seen = template_seen(session, scope=reach, template_id=number)
        entries = entries_of(session, scope=reach, subject=seen)
    may = current().may(SET, seen.park_id)
    may_price = may and current().may(Permission.CHANGE_PRICES, seen.park_id)
    held = [code for code in ParameterCode if code.value in seen.values]
    free = [code for code in ParameterCode if code.value not in seen.values and (may_price or not is_priced([code]))]
    told: dict[str, Any] = {"held": held, "free": free, "may": may, "may_price": may_price, "priced": is_priced}
    told["of_all"] = not may and seen.park_id is None and current().may_somewhere(SET)
    return show("parameter_template.html", template=seen, entries=entries, **told)


@blueprint.get("/parameter-templates/new")
@for_staff(SET)
def new_template_page() -> Response:
    """Ask what a new template is called."""
    return ask(new_form())


@blueprint.post("/parameter-templates/new")
@for_staff(SET)
def new_template() -> Response:
    """Make a template of one park, or of the whole organisation. Raises NotFoundError for a park of others."""

    def made(session: Session, told: dict[str, Any]) -> str:
        words = {"name": told["name"], "park_id": told["park"], "remark": told["remark"]}
        unit = told["unit"] or CreditUnit.MONEY
        template = make_template(session, scope=scope(SET), **words, credit_unit=unit, by=acting())
        return f"{LIST[0]}/{template.id}"

    return take(new_form(), made, "参数模板已新建。")


@blueprint.get("/parameter-templates/<int:number>/add")
@for_staff(SET)
def add_to_template(number: int) -> Response:
    """Lead to the form of the parameter that was chosen. Raises NotFoundError."""
    return go(f"{LIST[0]}/{number}/values/{parameter_code(request.args.get('code', '')).value}")


@blueprint.get("/parameter-templates/<int:number>/values/<word>")
@for_staff(SET)
def template_value_page(number: int, word: str) -> Response:
    """Ask for a value of a template. Raises NotFoundError."""
    code, template = parameter_code(word), known_template(number)
    return ask_value(value_form(template, code), template.values.get(code.value))


@blueprint.post("/parameter-templates/<int:number>/values/<word>")
@for_staff(SET)
def template_value(number: int, word: str) -> Response:
    """Let a template hold a value; meters get it when the template is applied."""
    code, request_id, reach = parameter_code(word), visitor().request_id, scope(SET)

    def set_(session: Session, value: Any, _: str) -> tuple[str, str]:
        told: dict[str, Any] = {"template_id": number, "code": code, "value": value}
        set_in_template(session, who=current(), scope=reach, request_id=request_id, **told)
        return t("模板已修改；已套用的电表不变，需要时再次套用。"), f"{LIST[0]}/{number}"

    return take_value(value_form(known_template(number), code), set_)


@blueprint.post("/parameter-templates/<int:number>/values/<word>/remove")
@for_staff(SET)
def template_value_out(number: int, word: str) -> Response:
    """Let a template hold a value no longer."""
    code, who, reach, request_id = parameter_code(word), current(), scope(SET), visitor().request_id

    def taken_out(session: Session) -> None:
        told: dict[str, Any] = {"template_id": number, "code": code, "value": None}
        set_in_template(session, who=who, scope=reach, request_id=request_id, **told)

    office().run(taken_out)
    return go(f"{LIST[0]}/{number}")
