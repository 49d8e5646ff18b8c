"""Log staff in: a try is counted before it is looked at, and known and unknown names go the same way."""

import re
from dataclasses import dataclass

from sqlalchemy import delete, select

from backend.audit.models import ActorKind
from backend.audit.recording import Actor, record
from backend.kernel.db import Session
from backend.kernel.sealing import Seal
from backend.people.attempts import Guess, give_back, spend
from backend.people.models import Attempt
from backend.staff.actions import StaffAction
from backend.staff.enrolling import totp_secret
from backend.staff.models import Staff
from backend.staff.one_time_codes import fitting_step
from backend.staff.recovering import use_recovery_code
from backend.staff.session_models import StaffSession
from backend.staff.sessions import open_session, revoke_all
from backend.staff.signed_in import SignedIn

SIX_DIGITS = re.compile(r"\d{6}")
LONGEST_LOGIN = 64


@dataclass(frozen=True, slots=True)
class Door:
    """What a try is judged by. stored: the hash to check the password against, None where nobody has this name."""

    login: str
    address: str
    staff_id: int | None
    stored: str | None


def knock(session: Session, *, login: str, address: str) -> Door:
    """Count a try at a name from an address; commit before the password is checked. Raises TooManyAttemptsError.

    At most 10 tries for each name in 15 minutes, from however many addresses: so many hashes are computed, no more.
    """
    typed = login.strip().lower()[:LONGEST_LOGIN]
    spend(session, guess=Guess.STAFF_BY_LOGIN, asker=typed)
    spend(session, guess=Guess.STAFF_BY_ADDRESS, asker=address)
    staff = session.scalars(select(Staff).filter_by(login=typed, disabled_at=None)).one_or_none()
    return Door(typed, address, staff.id if staff else None, staff.password_hash if staff else None)


def enter(
    session: Session, *, door: Door, fits: bool, code: str, browser: str, seal: Seal, request_id: str
) -> str | None:
    """Return the token of a new session, or None when password or code do not fit; what was tried is kept.

    fits: what the check of the password said. The code is six digits of the telephone, or a recovery code; each is
    good once, also when the same one is told twice at the same moment.
    """
    staff = _locked(session, door)
    if staff is None:
        return None
    by = Actor(ActorKind.STAFF, staff.id, staff.login, request_id)
    if not (fits and _proves(session, staff, code, seal)):
        record(session, by=by, action=StaffAction.LOG_IN_REFUSED, subject=staff, after={"from": door.address})
        return None
    _forgive(session, door)
    opened, token = open_session(session, staff=staff, address=door.address, browser=browser)
    after = {"from": door.address, "session": opened.id}
    record(session, by=by, action=StaffAction.LOGGED_IN, subject=staff, after=after)
    return token


def prove(session: Session, *, door: Door, who: SignedIn, fits: bool, request_id: str) -> bool:
    """Note that somebody told their password again, for what needs that; False when it did not fit."""
    if not fits or door.staff_id != who.staff_id:
        return False
    _forgive(session, door)
    session.get_one(StaffSession, who.session_id).proved_at = session.clock.now()
    staff = session.get_one(Staff, who.staff_id)
    record(session, by=who.actor(request_id), action=StaffAction.PASSWORD_PROVED, subject=staff)
    return True


def change_password(session: Session, *, who: SignedIn, password_hash: str, request_id: str) -> None:
    """Set another password and end every other session. Raises ProveAgainError."""
    who.require_proof(session.clock.now())
    staff = session.get_one(Staff, who.staff_id)
    staff.password_hash = password_hash
    revoke_all(session, staff_id=staff.id, but=who.session_id)
    record(session, by=who.actor(request_id), action=StaffAction.PASSWORD_CHANGED, subject=staff)


def unlock(session: Session, *, staff: Staff, by: Actor) -> None:
    """Forget how often somebody's name was tried."""
    tried = delete(Attempt).where(Attempt.kind == Guess.STAFF_BY_LOGIN.value, Attempt.asker == staff.login)
    session.execute(tried)
    record(session, by=by, action=StaffAction.STAFF_UNLOCKED, subject=staff)


def _locked(session: Session, door: Door) -> Staff | None:
    known = select(Staff).filter_by(id=door.staff_id, disabled_at=None).with_for_update()
    staff = session.scalars(known, execution_options={"populate_existing": True}).one_or_none()
    return staff if staff is not None and staff.password_hash == door.stored else None


def _proves(session: Session, staff: Staff, code: str, seal: Seal) -> bool:
    typed = code.replace(" ", "")
    if not SIX_DIGITS.fullmatch(typed):
        return use_recovery_code(session, staff=staff, code=typed)
    step = fitting_step(totp_secret(staff, seal), typed, now=session.clock.now(), after=staff.totp_step)
    if step is None:
        return False
    staff.totp_step = step
    return True


def _forgive(session: Session, door: Door) -> None:
    give_back(session, guess=Guess.STAFF_BY_LOGIN, asker=door.login)
    give_back(session, guess=Guess.STAFF_BY_ADDRESS, asker=door.address)
