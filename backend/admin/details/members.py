"""Somebody of the staff: roles, sessions, lock; and inviting somebody new."""

from typing import Any

from flask import Response, request

from backend.admin.details.forms import required, typed
from backend.admin.forms.form import REFUSED
from backend.admin.kit.page import BASE, blueprint, current, for_staff, language, office, scope, show, visitor
from backend.admin.lists.views import sees_personal
from backend.audit.queries import entries_of
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError, ProductError
from backend.runtime import runtime
from backend.staff.enrolling import invite_staff
from backend.staff.granting import grant_role
from backend.staff.queries import staff_member
from backend.staff.roles import Permission, StaffRole, exceeds
from backend.staff.sessions import sessions_of

LONGEST = 18  # digits that a number of a row can have


@blueprint.get("/staff/<int:number>")
@for_staff(Permission.MANAGE_STAFF)
def member(number: int) -> Response:
    """Show somebody of the staff. Raises NotFoundError."""
    reach = scope(Permission.MANAGE_STAFF)
    with office().reading() as session:
        sight = staff_member(session, scope=reach, staff_id=number)
        sessions = sessions_of(session, staff_id=number)
        entries = entries_of(session, scope=reach, subject=sight.staff)
    told: dict[str, Any] = {"sight": sight, "sessions": sessions, "entries": entries, "roles": _roles()}
    return show("member.html", open_all=sees_personal(reach), whole=reach.park_ids is None, **told)


@blueprint.get("/staff/invite")
@for_staff(Permission.MANAGE_STAFF)
def invite_page() -> Response:
    """Ask who is to be invited."""
    return _invite_form()


@blueprint.post("/staff/invite")
@for_staff(Permission.MANAGE_STAFF)
def invite_member() -> Response:
    """Add somebody with one role and show their set-up link, once; refused, the form keeps what was typed."""
    current().require_proof(runtime().clock.now())
    try:
        return _invited()
    except ProductError as error:
        if error.status not in REFUSED:
            raise
        return _invite_form(error.sentence(language()))


def _invite_form(wrong: str = "") -> Response:
    whole = scope(Permission.MANAGE_STAFF).park_ids is None
    return show("invite_member.html", roles=_roles(), whole=whole, typed=request.form, wrong=wrong)


def _invited() -> Response:
    who = current()
    login, name, phone = required("login"), required("name"), typed("phone") or None
    role, park, by = role_typed(), park_typed(), who.actor(visitor().request_id)

    def invited(session: Session) -> str:
        own, seal = who.organisation_id, runtime().seal
        staff, token = invite_staff(session, organisation_id=own, login=login, name=name, phone=phone, seal=seal, by=by)
        grant_role(session, staff=staff, role=role, park_id=park, by=by, giver=who)
        return token

    link = f"{runtime().settings.public_url}{BASE}/setup/{office().run(invited)}"
    return show("setup_link.html", name=name, link=link)


def role_typed() -> StaffRole:
    """Return the role that was chosen. Raises NotFoundError for one that is none."""
    told = request.form.get("role", "")
    if told not in set(StaffRole):
        raise NotFoundError
    return StaffRole(told)


def park_typed() -> int | None:
    """Return the park that was chosen, or None for the whole organisation. Raises NotFoundError for what is neither."""
    told = request.form.get("park", "")
    if told and not (told.isascii() and told.isdecimal() and len(told) <= LONGEST):
        raise NotFoundError
    return int(told) if told else None


def _roles() -> list[StaffRole]:
    """Return the roles that who asks may give somewhere."""
    who = current()
    places = {grant.park_id for grant in who.grants if who.may(Permission.MANAGE_STAFF, grant.park_id)}
    return [role for role in StaffRole if not all(exceeds(role, who.grants, place) for place in places)]
