"""One's own account: where one is logged in, another password, new recovery codes."""

from flask import Response, request

from backend.admin.kit.page import (
    BASE,
    blueprint,
    current,
    flash,
    for_staff,
    go,
    language,
    office,
    ours,
    show,
    t,
    visitor,
)
from backend.kernel.db import Session
from backend.kernel.errors import ProductError
from backend.people.errors import TooManyAttemptsError
from backend.runtime import runtime
from backend.signing_in import prove_again, replace_password
from backend.staff.errors import LogInRefusedError
from backend.staff.models import Staff
from backend.staff.recovering import new_recovery_codes
from backend.staff.sessions import revoke, revoke_all, sessions_of

ACCOUNT = f"{BASE}/account"


@blueprint.get("/account")
@for_staff()
def account() -> Response:
    """Show where one is logged in."""
    with office().reading() as session:
        return show("account.html", sessions=sessions_of(session, staff_id=current().staff_id))


@blueprint.post("/account/sessions/<int:number>/revoke")
@for_staff()
def revoke_own(number: int) -> Response:
    """End one of one's own sessions."""

    def end(session: Session) -> None:
        revoke(session, staff=_own(session), session_id=number, by=current().actor(visitor().request_id))

    office().run(end)
    flash(t("该登录已结束。"))
    return go(ACCOUNT)


@blueprint.post("/account/sessions/revoke-others")
@for_staff()
def revoke_others() -> Response:
    """End every session of one's own but this one."""
    who = current()
    office().run(lambda session: revoke_all(session, staff_id=who.staff_id, but=who.session_id))
    flash(t("其他登录均已结束。"))
    return go(ACCOUNT)


@blueprint.post("/account/password")
@for_staff()
def change_own_password() -> Response:
    """Set another password; every other session ends."""
    replace_password(
        runtime(), who=current(), password=request.form.get("password", ""), request_id=visitor().request_id
    )
    flash(t("密码已更改，其他登录均已结束。"))
    return go(ACCOUNT)


@blueprint.post("/account/recovery-codes")
@for_staff()
def renew_recovery_codes() -> Response:
    """Replace the recovery codes and show the new ones, once."""
    who = current()
    who.require_proof(runtime().clock.now())
    codes = office().run(lambda session: new_recovery_codes(session, staff=_own(session)))
    return show("recovery_codes.html", codes=codes, first=False)


@blueprint.get("/prove")
@for_staff()
def prove_page() -> Response:
    """Ask for the password again, for what is dangerous."""
    return show("prove.html", next=ours(request.args.get("next")), error="")


@blueprint.post("/prove")
@for_staff()
def prove() -> Response:
    """Let dangerous actions through for five minutes, and lead back."""
    wanted = ours(request.form.get("next"))
    try:
        prove_again(runtime(), who=current(), password=request.form.get("password", ""), visitor=visitor())
    except (LogInRefusedError, TooManyAttemptsError) as error:
        return _wrong(error, wanted)
    flash(t("密码已确认，五分钟内可执行敏感操作，请重新提交。"))
    return go(wanted)


def _wrong(error: ProductError, wanted: str) -> Response:
    wrong = isinstance(error, LogInRefusedError)
    sentence = t("密码不正确。") if wrong else error.sentence(language())
    return show("prove.html", 422 if wrong else error.status, next=wanted, error=sentence)


def _own(session: Session) -> Staff:
    return session.get_one(Staff, current().staff_id)
