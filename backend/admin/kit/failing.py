"""What went wrong, as a page, as a sentence above the form, or as the way to the log-in."""

from urllib.parse import quote

from flask import Response, g, request
from sqlalchemy.exc import DataError, OperationalError, TimeoutError  # noqa: A004 SQLAlchemy's own name
from werkzeug.exceptions import HTTPException

from backend.admin.kit.blueprint import BASE, blueprint
from backend.admin.kit.flashes import flash
from backend.admin.kit.language import language, t
from backend.admin.kit.leading import go, here, ours
from backend.admin.kit.showing import show
from backend.kernel.errors import NotLoggedInError, ProductError
from backend.kernel.logs import log
from backend.kernel.outage import DatabaseDownError
from backend.kernel.problem import TITLES
from backend.staff.errors import ProveAgainError

ABOVE_THE_FORM = (409, 422, 429)


@blueprint.errorhandler(NotLoggedInError)
def _log_in_first(_: NotLoggedInError) -> Response:
    wanted = here() if request.method == "GET" else ours(request.form.get("back"))
    return go(f"{BASE}/login?next={quote(wanted, safe='')}")


@blueprint.errorhandler(ProveAgainError)
def _prove_first(error: ProveAgainError) -> Response:
    flash(error.sentence(language()), "wrong")
    return go(f"{BASE}/prove?next={quote(ours(request.form.get('back')), safe='')}")


@blueprint.errorhandler(ProductError)
def _refused(error: ProductError) -> Response:
    came_from = ours(request.form.get("back"), "") if request.method == "POST" else ""
    if came_from and (error.status in ABOVE_THE_FORM or error.code == "same_person"):
        flash(error.sentence(language()), "wrong")
        return go(came_from)
    return _page(error.status, error.sentence(language()))


@blueprint.errorhandler(HTTPException)
def _failed(error: HTTPException) -> Response:
    return _page(error.code or 500, "")


@blueprint.errorhandler(DataError)
def _unfit(_: DataError) -> Response:
    """Refuse numbers that no column holds, and text with a zero byte: nobody types such an address."""
    return _page(400, "")


@blueprint.errorhandler(OperationalError)
@blueprint.errorhandler(TimeoutError)
def _down(error: Exception) -> Response:
    log().error("database does not answer", path=request.path, error=type(getattr(error, "orig", error)).__name__)
    return _page(503, DatabaseDownError().sentence(language()))


def _page(status: int, sentence: str) -> Response:
    g.parks = ()
    zh, en = TITLES.get(status, TITLES[500])
    title = en if language() == "en" else zh
    if not sentence and status >= 500:  # noqa: PLR2004 RFC 9110
        sentence = t("系统出错了，请稍后重试；如仍出现，请把下面的请求编号告诉管理员。")
    return show("failed.html", status, title=title, status=status, sentence=sentence)
