"""Where staff are logged in: found by the token of a request, ended one by one or all at once."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from backend.audit.recording import Actor, record
from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.kernel.errors import NotFoundError, NotLoggedInError
from backend.staff.actions import StaffAction
from backend.staff.models import Staff, StaffGrant
from backend.staff.roles import Grant
from backend.staff.session_models import StaffSession
from backend.staff.signed_in import SignedIn

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # not each request is worth a write


def open_session(session: Session, *, staff: Staff, address: str, browser: str) -> tuple[StaffSession, str]:
    """Begin a session under a new token, which is returned once; only its fingerprint is stored."""
    token, now = session.entropy.token(), session.clock.now()
    opened = StaffSession(
        organisation_id=staff.organisation_id,
        staff_id=staff.id,
        fingerprint=fingerprint(token),
        address=address,
        browser=browser[:200],
        issued_at=now,
        seen_at=now,
        expires_at=now + LONGEST,
        proved_at=now,
    )
    session.add(opened)
    session.flush()
    return opened, token


def signed_in(session: Session, *, token: str) -> SignedIn:
    """Return who presents this token.

    Raises NotLoggedInError for one that is unknown or revoked, was idle for 30 minutes, is 12 hours old, or whose
    owner was disabled.
    """
    now = session.clock.now()
    rows = session.execute(
        select(StaffSession, Staff, StaffGrant.role, StaffGrant.park_id)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .outerjoin(StaffGrant, (StaffGrant.staff_id == Staff.id) & StaffGrant.ended_at.is_(None))
        .where(
            StaffSession.fingerprint == fingerprint(token),
            StaffSession.revoked_at.is_(None),
            StaffSession.expires_at > now,
            StaffSession.seen_at > now - IDLE,
            Staff.disabled_at.is_(None),
        )
    ).all()
    if not rows:
        raise NotLoggedInError
    known, staff = rows[0][0], rows[0][1]
    if known.seen_at < now - SEEN_EVERY:
        known.seen_at = now
        session.flush()
    grants = tuple(Grant(row.role, row.park_id) for row in rows if row.role is not None)
    return SignedIn(
        known.id, staff.id, staff.organisation_id, staff.login, staff.name, grants, proved_at=known.proved_at
    )


def sessions_of(session: Session, *, staff_id: int) -> Sequence[StaffSession]:
    """Return where somebody is logged in now, the newest first."""
    now = session.clock.now()
    live = select(StaffSession).where(
        StaffSession.staff_id == staff_id,
        StaffSession.revoked_at.is_(None),
        StaffSession.expires_at > now,
        StaffSession.seen_at > now - IDLE,
    )
    return session.scalars(live.order_by(StaffSession.id.desc())).all()


def log_out(session: Session, *, who: SignedIn, request_id: str) -> None:
    """End the session that asks."""
    opened = session.get_one(StaffSession, who.session_id)
    opened.revoked_at = session.clock.now()
    staff = session.get_one(Staff, who.staff_id)
    record(session, by=who.actor(request_id), action=StaffAction.LOGGED_OUT, subject=staff)


def revoke(session: Session, *, staff: Staff, session_id: int, by: Actor) -> None:
    """End one session of somebody. Raises NotFoundError when it is not theirs."""
    opened = session.scalars(select(StaffSession).filter_by(id=session_id, staff_id=staff.id)).one_or_none()
    if opened is None:
        raise NotFoundError
    opened.revoked_at = opened.revoked_at or session.clock.now()
    record(session, by=by, action=StaffAction.SESSION_REVOKED, subject=staff, after={"session": session_id})


def revoke_all(session: Session, *, staff_id: int, but: int | None = None) -> None:
    """End every session of somebody, but one where that is named."""
    live = update(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None))
    others = live if but is None else live.where(StaffSession.id != but)
    session.execute(others.values(revoked_at=session.clock.now()))
