"""The one blueprint, and how its refusals leave it; views hang themselves on it, blueprint.py gathers them."""

from apiflask import APIBlueprint
from apiflask.exceptions import HTTPError
from flask import Response, g, request

from backend.kernel.problem import product_problem
from backend.people.errors import TooManyAttemptsError
from backend.people.preferring import language_of_token
from backend.runtime import runtime
from miniprogram_api.bearer import bearer
from miniprogram_api.validation import validation_problem

api = APIBlueprint("miniprogram", __name__, url_prefix="/api/mp/v1")


@api.before_request
def _know_language() -> None:
    """Find the language that the user set, for the few requests that name none."""
    token = bearer()
    if token and not request.headers.get("Accept-Language"):
        with runtime().database.reading() as session:
            g.language = language_of_token(session, token=token)


@api.errorhandler(TooManyAttemptsError)
def _wait(error: TooManyAttemptsError) -> Response:
    answer = product_problem(error)
    answer.headers["Retry-After"] = str(error.facts["retry_after"])
    return answer


@api.errorhandler(HTTPError)
def _invalid(error: HTTPError) -> Response:
    return validation_problem(error)
