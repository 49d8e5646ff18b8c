"""The database is away: everybody is told to come again, and the log has a line, not a page, for each request."""

from flask import Flask, Response, request
from sqlalchemy.exc import OperationalError, TimeoutError  # noqa: A004 SQLAlchemy's own name

from backend.kernel.errors import ProductError
from backend.kernel.logs import log
from backend.kernel.problem import product_problem


class DatabaseDownError(ProductError):
    """The database does not answer just now: nothing was done."""

    status = 503
    code = "database_down"
    zh = "系统暂时不可用，请稍后再试。"
    en = "The system is not available just now; please try again."


def install(app: Flask) -> None:
    """Let a request that meets no database end as 503."""
    app.register_error_handler(OperationalError, _down)
    app.register_error_handler(TimeoutError, _down)


def _down(error: Exception) -> Response:
    log().error("database does not answer", path=request.path, error=type(getattr(error, "orig", error)).__name__)
    return product_problem(DatabaseDownError())
