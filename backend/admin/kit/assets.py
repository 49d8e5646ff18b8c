"""Style sheets, scripts and icons: files of ours and vendored ones, under names that change with their content."""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Response, request
from markupsafe import Markup

from backend.admin.kit.blueprint import BASE, blueprint
from backend.kernel.errors import NotFoundError

HERE = Path(__file__).parents[1]
STATIC, VENDORED, ICONS = HERE / "static", HERE / "static" / "vendor", HERE / "icons"
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"


def asset(name: str) -> str:
    """Return the address of a file, by its plain name."""
    return f"{BASE}/static/{_names()[name]}"


@cache
def icon(name: str) -> Markup:
    """Return an icon to stand in a page; it takes size and colour from the text around it."""
    drawn = (ICONS / f"{name}.svg").read_text().strip()
    return Markup(drawn.replace("<svg ", '<svg class="icon" aria-hidden="true" focusable="false" ', 1))  # noqa: S704 a file of ours


@cache
def shape(name: str) -> Markup:
    """Return what is inside an icon, for a page that draws it many times."""
    return Markup((ICONS / f"{name}.svg").read_text().strip().partition(">")[2].removesuffix("</svg>"))  # noqa: S704 a file of ours


@blueprint.get("/static/<name>")
def static_file(name: str) -> Response:
    """Return a style sheet, a script or a picture. Raises NotFoundError."""
    path = _files().get(name)
    if path is None:
        raise NotFoundError
    small = bool(request.accept_encodings["gzip"])
    answer = Response(_squeezed(path) if small else path.read_bytes(), content_type=KINDS[path.suffix])
    answer.headers["Cache-Control"], answer.headers["Vary"] = FOR_EVER, "Accept-Encoding"
    if small:
        answer.headers["Content-Encoding"] = "gzip"
    return answer


@cache
def _names() -> dict[str, str]:
    """Return the hashed name of every file, by its plain one."""
    found = [path for folder in (STATIC, VENDORED) for path in folder.iterdir() if path.suffix in KINDS]
    return {path.name: _hashed(path) for path in found}


@cache
def _files() -> dict[str, Path]:
    found = [path for folder in (STATIC, VENDORED) for path in folder.iterdir() if path.suffix in KINDS]
    return {_hashed(path): path for path in found}


def _hashed(path: Path) -> str:
    return f"{path.stem}.{sha256(path.read_bytes()).hexdigest()[:10]}{path.suffix}"


@cache
def _squeezed(path: Path) -> bytes:
    """Compress a file once: what bears a hash in its name never changes."""
    return gzip.compress(path.read_bytes(), mtime=0)
