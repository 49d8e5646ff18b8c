"""Invite staff: a link, shown once, with which they choose a password and tie their telephone."""

import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from backend.audit.models import ActorKind
from backend.audit.recording import Actor, record
from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.kernel.sealing import Seal
from backend.staff.actions import StaffAction
from backend.staff.models import Staff
from backend.staff.one_time_codes import fitting_step, provisioning_uri
from backend.staff.recovering import new_recovery_codes
from backend.staff.session_models import RecoveryCode
from backend.staff.sessions import revoke_all
from backend.staff.setup_errors import CodeWrongError, LoginTakenError, LoginUnfitError, SetupLinkInvalidError

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")
LINK_LASTS = timedelta(hours=72)
SECRET_BYTES = 20


@dataclass(frozen=True, slots=True)
class SetupPage:
    """What somebody sees who opened their link; otpauth is for a QR code."""

    login: str
    name: str
    otpauth: str


def invite_staff(
    session: Session, *, organisation_id: int, login: str, name: str, phone: str | None = None, seal: Seal, by: Actor
) -> tuple[Staff, str]:
    """Add somebody without any role, and return the token of their set-up link.

    Raises LoginTakenError and LoginUnfitError.
    """
    wanted = login.strip().lower()
    if not LOGIN.fullmatch(wanted):
        raise LoginUnfitError
    if session.scalar(select(Staff.id).filter_by(login=wanted)) is not None:
        raise LoginTakenError(login=wanted)
    staff = Staff(organisation_id=organisation_id, login=wanted, name=name, phone=phone, created_at=session.clock.now())
    session.add(staff)
    session.flush()
    token = _new_link(session, staff, seal)
    record(session, by=by, action=StaffAction.STAFF_INVITED, subject=staff, after={"login": wanted, "name": name})
    return staff, token


def reset_staff(session: Session, *, staff: Staff, seal: Seal, reason: str, by: Actor) -> str:
    """Take password, telephone and sessions from somebody, and return the token of a new set-up link."""
    staff.password_hash = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    revoke_all(session, staff_id=staff.id)
    token = _new_link(session, staff, seal)
    record(session, by=by, action=StaffAction.STAFF_RESET, subject=staff, reason=reason)
    return token


def setup_page(session: Session, *, token: str, seal: Seal) -> SetupPage:
    """Return what the link's page shows. Raises SetupLinkInvalidError."""
    staff = _invited(session, token)
    return SetupPage(staff.login, staff.name, provisioning_uri(totp_secret(staff, seal), login=staff.login))


def complete_setup(
    session: Session, *, token: str, password_hash: str, code: str, seal: Seal, request_id: str
) -> list[str]:
    """Set the password, tie the telephone and return ten recovery codes, to be shown once.

    The hash is of a password that `refuse_weak` let through. Raises SetupLinkInvalidError, CodeWrongError.
    """
    staff = _invited(session, token)
    step = fitting_step(totp_secret(staff, seal), code.strip(), now=session.clock.now(), after=staff.totp_step)
    if step is None:
        raise CodeWrongError
    staff.password_hash, staff.totp_step = password_hash, step
    staff.setup_fingerprint = staff.setup_expires_at = None
    codes = new_recovery_codes(session, staff=staff)
    by = Actor(ActorKind.STAFF, staff.id, staff.login, request_id)
    record(session, by=by, action=StaffAction.STAFF_SET_UP, subject=staff)
    return codes


def totp_secret(staff: Staff, seal: Seal) -> bytes:
    """Return the secret somebody's telephone shares with us."""
    return seal.unseal(staff.sealed_totp or b"", owner=_owner(staff))


def _new_link(session: Session, staff: Staff, seal: Seal) -> str:
    token = session.entropy.token()
    secret = bytes.fromhex(session.entropy.token())[:SECRET_BYTES]
    staff.sealed_totp, staff.totp_step = seal.seal(secret, owner=_owner(staff)), 0
    staff.setup_fingerprint, staff.setup_expires_at = fingerprint(token), session.clock.now() + LINK_LASTS
    session.flush()
    return token


def _invited(session: Session, token: str) -> Staff:
    known = select(Staff).where(
        Staff.setup_fingerprint == fingerprint(token),
        Staff.setup_expires_at > session.clock.now(),
        Staff.disabled_at.is_(None),
    )
    staff = session.scalars(known.with_for_update()).one_or_none()
    if staff is None:
        raise SetupLinkInvalidError
    return staff


def _owner(staff: Staff) -> str:
    return f"staff {staff.id} totp"
