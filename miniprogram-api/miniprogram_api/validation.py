"""What was sent does not fit: named field by field, in the reader's language."""

from typing import Any

from apiflask.exceptions import HTTPError
from flask import Response
from pydantic import ValidationError

from backend.kernel.problem import problem
from miniprogram_api.wording import say


def validation_problem(error: HTTPError) -> Response:
    """Answer 422 with every field that does not fit; other errors of the framework keep their status."""
    unfit = error.__cause__
    if not isinstance(unfit, ValidationError):
        return problem(error.status_code, f"http_{error.status_code}", error.message or "")
    fields = [_field(detail) for detail in unfit.errors(include_url=False, include_input=False)]
    return problem(error.status_code, "invalid_content", say("invalid_content"), fields=fields)


def _field(detail: Any) -> dict[str, str]:
    place = ".".join(str(part) for part in detail["loc"])
    return {"field": place, "code": detail["type"], "detail": say(detail["type"], detail.get("ctx"))}
