"""Problem details (RFC 9457): the one shape of every error answer."""

from typing import Any

from flask import Flask, Response, g, json, request
from werkzeug.exceptions import BadRequest, HTTPException

from backend.kernel.errors import Language, ProductError, language_of

TITLES: dict[int, tuple[str, str]] = {
    400: ("请求有误", "Bad request"),
    401: ("未登录", "Not logged in"),
    403: ("无权操作", "Not allowed"),
    404: ("未找到", "Not found"),
    405: ("方法不支持", "Method not allowed"),
    409: ("与当前状态冲突", "Conflict with the present state"),
    413: ("内容过大", "Too large"),
    415: ("内容类型不支持", "Unsupported media type"),
    422: ("内容不合要求", "Invalid content"),
    429: ("请求过于频繁", "Too many requests"),
    500: ("系统错误", "Internal error"),
    503: ("暂时不可用", "Temporarily unavailable"),
}


def reader() -> Language:
    """Return the language of whoever asks: of the request, else as they set it, where that is known."""
    return language_of(request.headers.get("Accept-Language") or g.get("language"))


def problem(status: int, code: str, detail: str, **members: Any) -> Response:
    """Return a problem+json answer in the reader's language, with the request id to quote."""
    language = reader()
    zh, en = TITLES.get(status, TITLES[500])
    body = {
        "type": f"urn:dianyuan:problem:{code}",
        "title": zh if language == "zh" else en,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": g.get("request_id", ""),
        **members,
    }
    answer = Response(json.dumps(body, ensure_ascii=False), status, content_type="application/problem+json")
    answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "Accept-Language"
    return answer


def product_problem(error: ProductError) -> Response:
    """Answer with a refusal of ours."""
    return problem(error.status, error.code, error.sentence(reader()))


def install(app: Flask) -> None:
    """Let every error of the app leave as problem+json."""
    app.register_error_handler(ProductError, product_problem)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(RecursionError, _too_deep)


def _too_deep(_: Exception) -> Response:
    """Refuse JSON nested deeper than any parser follows; nothing of ours recurses without end."""
    return _http_problem(BadRequest())


def _http_problem(error: HTTPException) -> Response:
    status = error.code or 500
    zh, en = TITLES.get(status, TITLES[500])
    language = reader()
    return problem(status, f"http_{status}", zh if language == "zh" else en)
