"""The form of one parameter, the same at a meter and in a template."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request

from backend.admin.details.forms import typed as told
from backend.admin.kit.language import language
from backend.admin.kit.page import flash, go, office, show, t
from backend.admin.parameters.reading import ValueUnfitError, days_of, read_value, typed_of
from backend.admin.parameters.shape import Shape
from backend.kernel.db import Session
from backend.kernel.errors import ProductError
from backend.metering.parameters.errors import MoneyParameterError

REFUSED = (409, 422)


@dataclass(frozen=True, slots=True)
class Asked:
    """A form: what it asks for, where it belongs, what to know before, and whether a reason is kept."""

    shape: Shape
    title: str
    above: tuple[str, str]
    submit: str
    told: tuple[str, ...] = ()
    danger: bool = False
    reasoned: bool = True
    now: Mapping[str, Any] = field(default_factory=dict)


def ask_value(asked: Asked, value: Any) -> Response:
    """Show the form with a value in it."""
    return _show(asked, typed_of(asked.shape, value), {})


def take_value(asked: Asked, work: Callable[[Session, Any, str], tuple[str, str]]) -> Response:
    """Do the work with the value and the reason, say what it returns and lead there; or show the form again."""
    typed = {key: each.strip()[:40] for key, each in request.form.items()}
    if "more" in request.form:
        return _show(asked, typed | _one_more(typed, request.form["more"]), {})
    try:
        value = read_value(asked.shape, typed)
    except ValueUnfitError as error:
        return _show(asked, typed, error.wrong)
    reason = told("reason")
    if asked.reasoned and not reason:
        return _show(asked, typed, {"reason": t("请填写此项")})
    try:
        said, address = office().run(lambda session: work(session, value, reason))
    except ValueUnfitError as error:
        return _show(asked, typed, error.wrong)
    except ProductError as error:
        if error.status not in REFUSED and not isinstance(error, MoneyParameterError):
            raise
        return _show(asked, typed, {"": error.sentence(language())})
    flash(said)
    return go(address)


def _show(asked: Asked, typed: Mapping[str, str], wrong: Mapping[str, str]) -> Response:
    days = {day: _rows(typed, rf"t-{day}-([0-9]{{1,2}})") for day in days_of(typed)}
    dates, reason = _rows(typed, r"m-([0-9]{1,2})"), told("reason")
    return show("parameter_form.html", asked=asked, typed=typed, wrong=wrong, days=days, dates=dates, reason=reason)


def _rows(typed: Mapping[str, str], pattern: str) -> list[int]:
    return sorted(int(match[1]) for key in typed if (match := re.fullmatch(pattern, key)))


def _one_more(typed: Mapping[str, str], what: str) -> dict[str, str]:
    """Return the empty fields of one row more, or of one day more."""
    days = days_of(typed)
    if what == "day":
        number = max(days, default=0) + 1
        return {f"t-{number}-0": "00:00", f"p-{number}-0": "flat"}
    if what == "date":
        row = max(_rows(typed, r"m-([0-9]{1,2})"), default=-1) + 1
        return {f"{name}-{row}": "" for name in "mds"}
    if what.isascii() and what.isdecimal() and int(what) in days:
        row = max(_rows(typed, rf"t-{int(what)}-(\d+)"), default=-1) + 1
        return {f"t-{what}-{row}": "", f"p-{what}-{row}": ""}
    return {}
