"""Show a form, read it, do what it is for; what was typed stays until it fits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Response, request

from backend.admin.forms.field import Field
from backend.admin.kit.language import language, t
from backend.admin.kit.page import flash, go, office, show
from backend.importing.cells import CellError
from backend.kernel.db import Session
from backend.kernel.errors import ProductError

TOO_LONG = "最多 {n} 个字符"
REFUSED = (409, 422)
# Beside which field a refusal of a service stands: the first of these that the form has.
BLAMED = {
    "name_taken": ("name",),
    "room_taken": ("number",),
    "credit_code_unfit": ("credit_code",),
    "credit_code_taken": ("credit_code",),
    "phone_unfit": ("phone",),
    "contact_exists": ("phone",),
    "dates_unfit": ("ends_on",),
    "term_days_unfit": ("first_day",),
    "room_occupied": ("starts_on", "ends_on"),
    "holder_unknown": ("holder",),
    "login_taken": ("login",),
    "login_unfit": ("login",),
    "host_not_allowed": ("host",),
    "gateway_exists": ("name",),
    "line_exists": ("port",),
    "line_home": ("home",),
    "device_missing": ("device",),
    "registration_missing": ("registration",),
    "registration_taken": ("registration",),
    "unit_taken": ("unit",),
    "serial_taken": ("serial",),
    "number_taken": ("number",),
    "profile_unfit": ("profile",),
    "wallet_unlike": ("profile",),
    "nothing_restated": ("profile",),
    "line_too_narrow": ("line",),
    "no_such_circuit": ("circuit", "unit"),
    "ratio_range": ("ct_ratio",),
    "ratio_in_meter": ("ct_ratio",),
    "ratio_unfit": ("ct_ratio",),
    "no_transformers": ("ct_ratio",),
    "closing_missing": ("energy",),
    "closing_too_low": ("energy",),
}


@dataclass(frozen=True, slots=True)
class Form:
    """A form of its own page. above: where it belongs; told: what to know before; more: asks for one part more."""

    title: str
    fields: tuple[Field, ...]
    submit: str
    above: tuple[str, str]
    told: tuple[str, ...] = ()
    danger: bool = False
    more: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    download: tuple[str, str] | None = None

    @property
    def groups(self) -> list[tuple[str, list[Field]]]:
        """The fields that stand together, in their order, with the name they stand under."""
        return [(name, list(those)) for name, those in groupby(self.fields, key=lambda field: field.group)]


def ask(form: Form) -> Response:
    """Show a form with what stands there first."""
    return show("form.html", form=form, typed={field.key: field.value for field in form.fields}, wrong={})


def ask_again(form: Form, wrong: Mapping[str, str]) -> Response:
    """Show it with what was typed, and beside each field what is wrong; under "" what is wrong with all of it."""
    return show("form.html", form=form, typed={field.key: _typed(field) for field in form.fields}, wrong=wrong)


def take(form: Form, work: Callable[[Session, dict[str, Any]], str], said: str) -> Response:
    """Do the work with what was typed and lead to the address it returns, or show the form again."""
    values, wrong = read(form)
    if wrong:
        return ask_again(form, wrong)
    try:
        address = office().run(lambda session: work(session, values))
    except ProductError as error:
        if error.status not in REFUSED:
            raise
        return ask_again(form, {blamed(form, error): error.sentence(language())})
    flash(t(said))
    return go(address)


def read(form: Form) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of what was typed, and what is wrong with it, by field."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in form.fields:
        try:
            values[field.key] = _value(field, _typed(field))
        except CellError as error:
            wrong[field.key] = error.en if language() == "en" else error.zh
    return values, wrong


def blamed(form: Form, error: ProductError) -> str:
    """Return the field beside which a refusal stands: of several alike the one that holds what it names."""
    wanted = BLAMED.get(error.code, ())
    alike = [field.key for key in wanted for field in form.fields if field.key.rstrip("0123456789") == key]
    named = [key for key in alike if request.form.get(key, "").strip() in map(str, error.facts.values())]
    return next(iter(named or alike), "")


def _typed(field: Field) -> str:
    if field.kind == "checks":
        return ",".join(request.form.getlist(field.key))
    return request.form.get(field.key, "").strip()


def _value(field: Field, typed: str) -> Any:
    if field.kind == "file":
        return _content(field)
    if not typed:
        if field.required:
            raise CellError("请填写此项", "please fill this in")
        return field.nothing
    if field.kind in ("text", "tel") and len(typed) > field.longest:
        raise CellError(TOO_LONG.format(n=field.longest), f"{field.longest} characters at most")
    return field.read(typed)


def _content(field: Field) -> Any:
    sent = request.files.get(field.key)
    content = sent.read() if sent else b""
    if field.required and not content:
        raise CellError("请选择文件", "please choose a file")
    return content if field.read is str else field.read(content)
