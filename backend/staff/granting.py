"""Give staff roles and take them away; a giver never gives more than they have."""

from sqlalchemy import select

from backend.audit.recording import Actor, record
from backend.estate.models import Park
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.staff.actions import StaffAction
from backend.staff.errors import LastAdministratorError, NotPermittedError
from backend.staff.models import Staff, StaffGrant
from backend.staff.roles import Permission, StaffRole, exceeds
from backend.staff.sessions import revoke_all
from backend.staff.signed_in import SignedIn


def grant_role(
    session: Session, *, staff: Staff, role: StaffRole, park_id: int | None, by: Actor, giver: SignedIn | None
) -> StaffGrant:
    """Give somebody a role in a park, or in the whole organisation, once. giver None: the command line.

    Raises NotPermittedError where the giver manages no staff or has less than the role, NotFoundError for a park of
    others.
    """
    may = giver is None or giver.may(Permission.MANAGE_STAFF, park_id)
    if giver is not None and (not may or exceeds(role, giver.grants, park_id)):
        raise NotPermittedError
    if park_id is not None:
        park = session.scalars(select(Park).filter_by(id=park_id, organisation_id=staff.organisation_id)).one_or_none()
        if park is None:
            raise NotFoundError
    wanted = {"staff_id": staff.id, "role": role, "park_id": park_id, "ended_at": None}
    session.execute(select(Staff.id).filter_by(id=staff.id).with_for_update())
    known = session.scalars(select(StaffGrant).filter_by(**wanted)).one_or_none()
    if known is not None:
        return known
    grant = StaffGrant(organisation_id=staff.organisation_id, granted_at=session.clock.now(), **wanted)
    session.add(grant)
    after = {"role": role.value}
    record(session, by=by, action=StaffAction.ROLE_GRANTED, subject=staff, after=after, park_id=park_id)
    return grant


def end_grant(session: Session, *, scope: Scope, grant_id: int, by: Actor) -> None:
    """Take a role away. Raises NotFoundError outside the scope, LastAdministratorError."""
    grant = session.scalars(select(StaffGrant).filter_by(id=grant_id, ended_at=None).with_for_update()).one_or_none()
    if grant is None or not scope.sees(grant.organisation_id, grant.park_id):
        raise NotFoundError
    staff = session.get_one(Staff, grant.staff_id)
    _refuse_last(session, staff, leaving=[grant.id])
    grant.ended_at = session.clock.now()
    before = {"role": grant.role.value}
    record(session, by=by, action=StaffAction.ROLE_ENDED, subject=staff, before=before, park_id=grant.park_id)


def disable(session: Session, *, staff: Staff, reason: str, by: Actor) -> None:
    """Keep somebody out from this moment on, everywhere. Raises LastAdministratorError."""
    if staff.disabled_at is not None:
        return
    own = session.scalars(select(StaffGrant.id).filter_by(staff_id=staff.id, ended_at=None)).all()
    _refuse_last(session, staff, leaving=list(own))
    staff.disabled_at = session.clock.now()
    revoke_all(session, staff_id=staff.id)
    record(session, by=by, action=StaffAction.STAFF_DISABLED, subject=staff, reason=reason)


def enable(session: Session, *, staff: Staff, reason: str, by: Actor) -> None:
    """Let somebody in again, with the roles they had."""
    staff.disabled_at = None
    record(session, by=by, action=StaffAction.STAFF_ENABLED, subject=staff, reason=reason)


def rename(session: Session, *, staff: Staff, name: str, phone: str | None, by: Actor) -> None:
    """Correct a name or a telephone number."""
    before = {"name": staff.name, "phone": staff.phone}
    staff.name, staff.phone = name, phone
    after = {"name": name, "phone": phone}
    record(session, by=by, action=StaffAction.STAFF_RENAMED, subject=staff, before=before, after=after)


def _refuse_last(session: Session, staff: Staff, *, leaving: list[int]) -> None:
    whole = (
        select(StaffGrant.id)
        .join(Staff, Staff.id == StaffGrant.staff_id)
        .where(
            StaffGrant.organisation_id == staff.organisation_id,
            StaffGrant.role == StaffRole.ADMINISTRATOR,
            StaffGrant.park_id.is_(None),
            StaffGrant.ended_at.is_(None),
            Staff.disabled_at.is_(None),
        )
        .with_for_update()
    )
    present = set(session.scalars(whole))
    if present and not present - set(leaving):
        raise LastAdministratorError
