"""The blueprint of the back office, under its content security policy."""

from flask import Blueprint, Response, g

from backend.runtime import runtime

BASE = "/admin"
# Styles come from files alone, and scripts only with the nonce of this very answer.
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
blueprint = Blueprint("admin", __name__, url_prefix=BASE, template_folder="../templates")


def nonce() -> str:
    """Return the nonce of this request's scripts."""
    if "nonce" not in g:
        g.nonce = runtime().database.entropy.token()
    known: str = g.nonce
    return known


@blueprint.after_request
def _guard_browser(answer: Response) -> Response:
    if answer.mimetype == "text/html":
        answer.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce())
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Frame-Options"] = "DENY"
    return answer
