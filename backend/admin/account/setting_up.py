"""The page of a set-up link: choose a password, tie the telephone, keep the recovery codes."""

from flask import Response, request
from markupsafe import Markup

from backend.admin.kit.page import blueprint, for_anybody, language, show, visitor
from backend.kernel.errors import ProductError
from backend.people.invite_links import qr_svg
from backend.runtime import runtime
from backend.signing_in import set_up
from backend.staff.enrolling import setup_page
from backend.staff.setup_errors import CodeWrongError, WeakPasswordError


@blueprint.get("/setup/<token>")
@for_anybody
def setup(token: str) -> Response:
    """Show what the telephone is to scan."""
    return _ask(token)


@blueprint.post("/setup/<token>")
@for_anybody
def complete(token: str) -> Response:
    """Set the password and show the recovery codes, once."""
    typed, code = request.form.get("password", ""), request.form.get("code", "")
    try:
        codes = set_up(runtime(), token=token, password=typed, code=code, request_id=visitor().request_id)
    except (WeakPasswordError, CodeWrongError) as error:
        return _ask(token, error)
    return show("recovery_codes.html", codes=codes, first=True)


def _ask(token: str, error: ProductError | None = None) -> Response:
    here = runtime()
    page = here.database.run(lambda session: setup_page(session, token=token, seal=here.seal))
    drawn = Markup(qr_svg(page.otpauth))  # noqa: S704 drawn by us
    sentence = error.sentence(language()) if error else ""
    secret = page.otpauth.partition("secret=")[2].partition("&")[0]
    told = {"page": page, "drawn": drawn, "secret": secret, "error": sentence}
    return show("setup.html", error.status if error else 200, **told)
