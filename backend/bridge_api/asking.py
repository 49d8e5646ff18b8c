"""Who calls, what they say, and how they are answered."""

from typing import TypeVar

from flask import Response, current_app, g, request
from pydantic import BaseModel, ValidationError
from structlog.contextvars import bind_contextvars

from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.kernel.problem import problem
from backend.metering.errors import BadBridgeTokenError
from backend.metering.lines.calling import bridge_of, is_known
from backend.metering.lines.runs import Caller
from backend.runtime import Runtime

SCHEME = "Bearer "
LARGEST_BODY = 1024 * 1024
KNOWN = "bridge_api_known"
KNOWN_FOR = 60.0  # seconds in which bodies of a bridge that was known are looked at
MOST_KNOWN = 10_000

M = TypeVar("M", bound=BaseModel)


class UnfitBodyError(Exception):
    """A body that does not say what the protocol asks for; fields: the name of each that is wrong, and why."""

    def __init__(self, fields: list[dict[str, str]]) -> None:
        super().__init__(fields)
        self.fields = fields


def body(model: type[M], *, largest: int = LARGEST_BODY) -> M:
    """Return the body of this request as a message. Raises UnfitBodyError, which never repeats what was sent."""
    request.max_content_length = largest
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        fields = [{"name": ".".join(map(str, one["loc"])), "reason": one["msg"]} for one in wrong]
        raise UnfitBodyError(fields) from None


def caller(session: Session, *, lock: bool = False) -> Caller:
    """Return the bridge that calls, locked if need be. Raises BadBridgeTokenError."""
    try:
        return bridge_of(session, access_token=_token(), lock=lock)
    except BadBridgeTokenError:
        _known().pop(fingerprint(_token()), None)
        raise


def refuse_strangers(here: Runtime) -> None:
    """Raise BadBridgeTokenError unless a bridge calls; one that was known a minute ago passes without being asked for.

    This only keeps strangers from being listened to: what is done for a bridge is done for `caller`, asked each time.
    """
    known, name, now = _known(), fingerprint(_token()), here.clock.monotonic()
    if known.get(name, now) > now:
        return
    with here.database.reading() as session:
        if not is_known(session, access_token=_token()):
            raise BadBridgeTokenError
    if len(known) >= MOST_KNOWN:
        known.clear()
    known[name] = now + KNOWN_FOR


def _known() -> dict[str, float]:
    """Return until when this process need not ask about the fingerprint of a token."""
    known: dict[str, float] = current_app.extensions.setdefault(KNOWN, {})
    return known


def follow(request_id: str) -> None:
    """Let logs and the answer of this request carry the request id of the tap its command came from."""
    g.request_id = request_id
    bind_contextvars(request_id=request_id)


def _token() -> str:
    told = request.headers.get("Authorization", "")
    if not told.startswith(SCHEME):
        raise BadBridgeTokenError
    return told.removeprefix(SCHEME)


def answer(message: BaseModel) -> Response:
    """Answer with a message of the protocol."""
    return Response(message.model_dump_json(), content_type="application/json")


def unfit_body(error: UnfitBodyError) -> Response:
    """Answer a body that says something else, with the names of what is wrong."""
    names = ", ".join(field["name"] for field in error.fields)
    return problem(422, "unfit_body", names or "body", fields=error.fields)
