"""What is done to somebody of the staff: give and take roles, end sessions, unlock, keep out, send a new link."""

from collections.abc import Callable

from flask import Response

from backend.admin.details.forms import required
from backend.admin.details.members import park_typed, role_typed
from backend.admin.kit.page import BASE, blueprint, current, flash, for_staff, go, office, scope, show, t, visitor
from backend.audit.recording import Actor
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.runtime import runtime
from backend.staff.enrolling import reset_staff
from backend.staff.entering import unlock
from backend.staff.granting import disable, enable, end_grant, grant_role
from backend.staff.models import Staff
from backend.staff.queries import staff_member
from backend.staff.roles import Permission
from backend.staff.sessions import revoke

MANAGE = Permission.MANAGE_STAFF


@blueprint.post("/staff/<int:number>/roles")
@for_staff(MANAGE)
def give(number: int) -> Response:
    """Give a role; never more than the giver has there."""
    role, park, giver = role_typed(), park_typed(), current()

    def given(session: Session, staff: Staff, by: Actor) -> None:
        grant_role(session, staff=staff, role=role, park_id=park, by=by, giver=giver)

    return _done(number, t("角色已授予。"), given)


@blueprint.post("/staff/<int:number>/roles/<int:grant>/end")
@for_staff(MANAGE)
def take(number: int, grant: int) -> Response:
    """Take a role away."""

    def ended(session: Session, staff: Staff, by: Actor) -> None:
        held = staff_member(session, scope=scope(MANAGE), staff_id=staff.id).grants
        if grant not in {each.id for each in held}:
            raise NotFoundError
        end_grant(session, scope=scope(MANAGE), grant_id=grant, by=by)

    return _done(number, t("角色已收回。"), ended)


@blueprint.post("/staff/<int:number>/sessions/<int:opened>/revoke")
@for_staff(MANAGE)
def log_out_member(number: int, opened: int) -> Response:
    """End a session of somebody."""
    return _done(number, t("该登录已结束。"), lambda s, staff, by: revoke(s, staff=staff, session_id=opened, by=by))


@blueprint.post("/staff/<int:number>/unlock")
@for_staff(MANAGE)
def unlock_member(number: int) -> Response:
    """Forget how often somebody's name was tried."""
    return _done(number, t("已解除锁定。"), lambda s, staff, by: unlock(s, staff=staff, by=by))


@blueprint.post("/staff/<int:number>/disable")
@for_staff(MANAGE)
def keep_out(number: int) -> Response:
    """Keep somebody out from this moment on."""
    reason = required("reason")
    return _done(number, t("该员工已停用。"), lambda s, staff, by: disable(s, staff=staff, reason=reason, by=by))


@blueprint.post("/staff/<int:number>/enable")
@for_staff(MANAGE)
def let_in(number: int) -> Response:
    """Let somebody in again."""
    reason = required("reason")
    return _done(number, t("该员工已启用。"), lambda s, staff, by: enable(s, staff=staff, reason=reason, by=by))


@blueprint.post("/staff/<int:number>/reset")
@for_staff(MANAGE)
def reset(number: int) -> Response:
    """Take password and telephone from somebody, and show a new set-up link, once."""
    reason, seal = required("reason"), runtime().seal
    names: list[str] = []
    tokens: list[str] = []

    def anew(session: Session, staff: Staff, by: Actor) -> None:
        names[:], tokens[:] = [staff.name], [reset_staff(session, staff=staff, seal=seal, reason=reason, by=by)]

    _done(number, "", anew)
    link = f"{runtime().settings.public_url}{BASE}/setup/{tokens[0]}"
    return show("setup_link.html", name=names[0], link=link)


def _done(number: int, sentence: str, work: Callable[[Session, Staff, Actor], object]) -> Response:
    """Do something to a member of the scope, with the password told a moment ago, and show them again."""
    who = current()
    who.require_proof(runtime().clock.now())

    def run(session: Session) -> None:
        staff = staff_member(session, scope=scope(MANAGE), staff_id=number).staff
        work(session, staff, who.actor(visitor().request_id))

    office().run(run)
    if sentence:
        flash(sentence)
    return go(f"{BASE}/staff/{number}")
