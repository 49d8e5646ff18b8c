"""Log in with password and telephone, and log out."""

from flask import Response, request

from backend.admin.kit import cookies
from backend.admin.kit.page import (
    BASE,
    blueprint,
    current,
    flash,
    for_anybody,
    for_staff,
    go,
    language,
    office,
    ours,
    show,
    t,
    visitor,
)
from backend.kernel.errors import ProductError
from backend.people.errors import TooManyAttemptsError
from backend.runtime import runtime
from backend.signing_in import sign_in
from backend.staff.errors import LogInRefusedError
from backend.staff.sessions import log_out


@blueprint.get("")
@for_anybody
def without_slash() -> Response:
    """Lead to the first page."""
    return go(f"{BASE}/")


@blueprint.get("/login")
@for_anybody
def login_page() -> Response:
    """Ask for name, password and code."""
    return _ask()


@blueprint.post("/login")
@for_anybody
def login() -> Response:
    """Begin a session under a new token, and lead to where somebody wanted to go."""
    try:
        token = sign_in(
            runtime(),
            login=request.form.get("login", ""),
            password=request.form.get("password", ""),
            code=request.form.get("code", ""),
            visitor=visitor(),
        )
    except (LogInRefusedError, TooManyAttemptsError) as error:
        return _ask(error)
    answer = go(ours(request.form.get("next")))
    cookies.keep(answer, cookies.SESSION, token)
    return answer


@blueprint.post("/logout")
@for_staff()
def logout() -> Response:
    """End this session."""
    who, request_id = current(), visitor().request_id
    office().run(lambda session: log_out(session, who=who, request_id=request_id))
    flash(t("您已退出登录。"))
    answer = go(f"{BASE}/login")
    cookies.drop(answer, cookies.SESSION)
    return answer


def _ask(error: ProductError | None = None) -> Response:
    told = {"login": request.form.get("login", ""), "next": ours(request.values.get("next"))}
    sentence = error.sentence(language()) if error else ""
    return show("login.html", error.status if error else 200, error=sentence, **told)
