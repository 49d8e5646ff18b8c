"""Another name for a template of parameters, and its end."""

from typing import Any

from flask import Response

from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import acting, blueprint, for_staff, scope
from backend.admin.parameters.template_forms import LIST, end_form, known_template, words_form
from backend.kernel.db import Session
from backend.metering.parameters.money import SET
from backend.metering.parameters.templates import describe_template, end_template


@blueprint.get("/parameter-templates/<int:number>/change")
@for_staff(SET)
def template_words_page(number: int) -> Response:
    """Ask for another name and remark. Raises NotFoundError."""
    return ask(words_form(known_template(number)))


@blueprint.post("/parameter-templates/<int:number>/change")
@for_staff(SET)
def template_words(number: int) -> Response:
    """Describe a template anew. Raises NotFoundError."""

    def changed(session: Session, told: dict[str, Any]) -> str:
        words = {"name": told["name"], "remark": told["remark"]}
        describe_template(session, scope=scope(SET), template_id=number, **words, by=acting())
        return f"{LIST[0]}/{number}"

    return take(words_form(known_template(number)), changed, "参数模板已修改。")


@blueprint.get("/parameter-templates/<int:number>/end")
@for_staff(SET)
def template_end_page(number: int) -> Response:
    """Say what becomes of the meters. Raises NotFoundError."""
    return ask(end_form(known_template(number)))


@blueprint.post("/parameter-templates/<int:number>/end")
@for_staff(SET)
def template_end(number: int) -> Response:
    """End a template. Raises NotFoundError."""
    form: Form = end_form(known_template(number))

    def ended(session: Session, _: dict[str, Any]) -> str:
        end_template(session, scope=scope(SET), template_id=number, by=acting())
        return LIST[0]

    return take(form, ended, "参数模板已停用。")
