"""The mini-program's pages in a browser: built files, served as they are, with hashes in their names."""

import gzip
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from backend.kernel.errors import NotFoundError

BUILT = Path(__file__).parents[1] / "h5"
HASHED = re.compile(r"[a-z0-9-]+\.[0-9a-f]{10}\.(?:js|css)")
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
FOR_EVER, ASK_FIRST = "public, max-age=31536000, immutable", "no-cache"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'{more}; "
    "frame-src 'self'{more}; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
blueprint = Blueprint("h5_pages", __name__, url_prefix="/h5")


@blueprint.get("/")
def index() -> Response:
    """Return the page of the official account."""
    return page("index.html")


@blueprint.get("")
def without_slash() -> AnyResponse:
    """Lead to the page: WeChat Pay allows payments from the folder only."""
    return redirect("/h5/", 308)


@blueprint.get("/<name>")
def file(name: str) -> Response:
    """Return a script or a style sheet; its name changes with its content. Raises NotFoundError."""
    path = BUILT / name
    if not HASHED.fullmatch(name) or not path.is_file():
        raise NotFoundError
    small = bool(request.accept_encodings["gzip"])
    answer = _served(_squeezed(path) if small else path.read_bytes(), KINDS[path.suffix], FOR_EVER)
    answer.headers["Vary"] = "Accept-Encoding"
    if small:
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def page(name: str, *, also_ask: str = "") -> Response:
    """Return a built page under its policy; also_ask is another origin to ask and to frame. Raises NotFoundError."""
    path = BUILT / name
    if not path.is_file():
        raise NotFoundError
    answer = _served(path.read_bytes(), "text/html; charset=utf-8", ASK_FIRST)
    answer.headers["Content-Security-Policy"] = POLICY.format(more=f" {also_ask}" if also_ask else "")
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@cache
def _squeezed(path: Path) -> bytes:
    """Compress a file once: what bears a hash in its name never changes."""
    return gzip.compress(path.read_bytes(), mtime=0)


def _served(content: bytes, kind: str, keep: str) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers["Cache-Control"] = keep
    return answer
