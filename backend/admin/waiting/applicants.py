"""People who want to be bound to an enterprise: the queue, one of them with what helps to decide, yes and no."""

from flask import Response, request

from backend.admin.details.forms import typed
from backend.admin.kit.page import (
    BASE,
    blueprint,
    current,
    flash,
    for_staff,
    go,
    looked_at,
    office,
    scope,
    show,
    t,
    visitor,
)
from backend.audit.queries import entries_of
from backend.estate.queries import holders_seen
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.lifecycle.applicants import applicant
from backend.people.deciding import approve_registration, registrations_seen, reject_registration
from backend.people.models import Role
from backend.people.registration_models import RegistrationState
from backend.staff.roles import Permission

DECIDE = Permission.DECIDE_REGISTRATIONS
QUEUE = f"{BASE}/applicants"


@blueprint.get("/applicants")
@for_staff(DECIDE)
def applicants() -> Response:
    """Show who waits, or who was decided."""
    told = request.args.get("state", RegistrationState.WAITING.value)
    state = RegistrationState(told) if told in set(RegistrationState) else RegistrationState.WAITING
    with office().reading() as session:
        found = registrations_seen(session, scope=looked_at(DECIDE), state=state, most=200)
    return show("applicants.html", found=found, chosen=state, states=list(RegistrationState))


@blueprint.get("/applicants/<int:number>")
@for_staff(DECIDE)
def one_applicant(number: int) -> Response:
    """Show an application beside whom it may mean. Raises NotFoundError."""
    reach, words = scope(DECIDE), request.args.get("holder", "").strip()
    with office().reading() as session:
        sight = applicant(session, scope=reach, registration_id=number)
        found = holders_seen(session, scope=reach, text=words, most=10) if words else []
        entries = entries_of(session, scope=reach, subject=sight.registration)
    return show("applicant.html", sight=sight, found=found, words=words, entries=entries, roles=list(Role))


@blueprint.post("/applicants/<int:number>/approve")
@for_staff(DECIDE)
def approve_applicant(number: int) -> Response:
    """Bind the applicant to the chosen enterprise."""
    holder, role = request.form.get("holder", ""), request.form.get("role", "")
    if not (holder.isascii() and holder.isdecimal()) or role not in set(Role):
        raise NotFoundError
    reach, by = scope(DECIDE), current().actor(visitor().request_id)

    def decided(session: Session) -> None:
        approve_registration(
            session, scope=reach, registration_id=number, holder_id=int(holder), role=Role(role), by=by
        )

    office().run(decided)
    flash(t("已通过，申请人会收到通知。"))
    return go(QUEUE)


@blueprint.post("/applicants/<int:number>/reject")
@for_staff(DECIDE)
def reject_applicant(number: int) -> Response:
    """Refuse with a reason that the applicant reads."""
    reach, by, reason = scope(DECIDE), current().actor(visitor().request_id), typed("reason")
    office().run(
        lambda session: reject_registration(session, scope=reach, registration_id=number, reason=reason, by=by)
    )
    flash(t("已驳回，申请人会看到理由。"))
    return go(QUEUE)
