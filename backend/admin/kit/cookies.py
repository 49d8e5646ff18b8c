"""The cookies of the back office: who asks, from which browser, and how they like it."""

from flask import Response, g, request

from backend.runtime import runtime

SESSION, VISITOR = "dianyuan-staff", "dianyuan-visitor"
LANGUAGE, THEME, PARK, FLASH = "dianyuan-language", "dianyuan-theme", "dianyuan-park", "dianyuan-flash"
YEAR = 365 * 24 * 3600


def secure() -> bool:
    """Say whether we are reached over TLS: then cookies travel over nothing else."""
    return runtime().settings.public_url.startswith("https://")


def told(name: str) -> str:
    """Return what the browser keeps under a name, or nothing."""
    return request.cookies.get(_full(name), "")


def keep(answer: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """Have the browser keep a value, until it is closed unless told longer; scripts never see it."""
    answer.set_cookie(_full(name), value, max_age=seconds, secure=secure(), httponly=True, samesite="Lax", path="/")


def drop(answer: Response, name: str) -> None:
    """Have the browser forget a value."""
    answer.delete_cookie(_full(name), secure=secure(), httponly=True, samesite="Lax", path="/")


def visitor() -> str:
    """Return the secret by which this browser is known before anybody logged in; a new one is set with the answer."""
    known = told(VISITOR) or g.get("new_visitor", "")
    if not known:
        known = g.new_visitor = runtime().database.entropy.token()
    return str(known)


def _full(name: str) -> str:
    """A name with this prefix is taken by browsers over TLS for this very host only."""
    return f"__Host-{name}" if secure() else name
