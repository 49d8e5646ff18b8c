"""How a route stands in openapi.json: its name, its tag, and every problem it may answer with."""

from collections.abc import Callable
from typing import TypeVar

from miniprogram_api.api import api

SCHEME = "token"
V = TypeVar("V", bound=Callable[..., object])
PROBLEMS = {
    400: "The body is not JSON",
    401: "Not logged in, or WeChat refused the code",
    403: "The user's role does not allow this",
    404: "Not found, or not the asker's to see",
    409: "In conflict with the present state",
    422: "A field does not fit; `fields` names each",
    429: "Too many attempts; Retry-After says for how many seconds to wait",
    503: "WeChat or the payment provider cannot be reached",
}


def operation(name: str, tag: str, *problems: int, secured: bool = True) -> Callable[[V], V]:
    """Describe a route by its operationId and tag, and by the problems it may answer with besides 401 and 422."""
    return api.doc(
        operation_id=name,
        tags=[tag],
        responses={status: PROBLEMS[status] for status in problems},
        security=SCHEME if secured else None,
    )
