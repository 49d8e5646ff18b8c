"""The one blueprint, and how its refusals leave it; views hang themselves on it, blueprint.py gathers them."""

from apiflask import APIBlueprint
from apiflask.exceptions import HTTPError
from flask import Response

from backend.kernel.problem import product_problem
from backend.people.errors import TooManyAttemptsError
from miniprogram_api.validation import validation_problem

api = APIBlueprint("miniprogram", __name__, url_prefix="/api/mp/v1")


@api.errorhandler(TooManyAttemptsError)
def _wait(error: TooManyAttemptsError) -> Response:
    answer = product_problem(error)
    answer.headers["Retry-After"] = str(error.facts["retry_after"])
    return answer


@api.errorhandler(HTTPError)
def _invalid(error: HTTPError) -> Response:
    return validation_problem(error)
