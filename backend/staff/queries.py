"""Read who works here."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.staff.models import Staff, StaffGrant


class StaffState(StrEnum):
    """Whether somebody can log in."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class StaffSight:
    """Somebody with the roles they have now."""

    staff: Staff
    grants: tuple[StaffGrant, ...]

    @property
    def state(self) -> StaffState:
        """Whether they can log in."""
        if self.staff.disabled_at is not None:
            return StaffState.DISABLED
        return StaffState.ACTIVE if self.staff.password_hash else StaffState.INVITED


def staff_seen(session: Session, *, scope: Scope) -> list[StaffSight]:
    """Return everybody whose roles lie all inside the scope, by log-in name; the whole organisation sees everybody."""
    everybody = select(Staff).filter_by(organisation_id=scope.organisation_id).order_by(Staff.login)
    sights = [_sight(session, staff) for staff in session.scalars(everybody)]
    return [sight for sight in sights if _inside(sight, scope)]


def staff_member(session: Session, *, scope: Scope, staff_id: int) -> StaffSight:
    """Return one of them. Raises NotFoundError outside the scope."""
    staff = session.get(Staff, staff_id)
    if staff is None or staff.organisation_id != scope.organisation_id:
        raise NotFoundError
    sight = _sight(session, staff)
    if not _inside(sight, scope):
        raise NotFoundError
    return sight


def staff_called(session: Session, *, login: str) -> Staff:
    """Return who has this log-in name. Raises NotFoundError."""
    staff = session.scalars(select(Staff).filter_by(login=login.strip().lower())).one_or_none()
    if staff is None:
        raise NotFoundError
    return staff


def _sight(session: Session, staff: Staff) -> StaffSight:
    grants: Sequence[StaffGrant] = session.scalars(
        select(StaffGrant).filter_by(staff_id=staff.id, ended_at=None).order_by(StaffGrant.id)
    ).all()
    return StaffSight(staff, tuple(grants))


def _inside(sight: StaffSight, scope: Scope) -> bool:
    if scope.park_ids is None:
        return True
    return bool(sight.grants) and all(grant.park_id in scope.park_ids for grant in sight.grants)
