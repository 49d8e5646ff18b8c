"""Recovery codes: each stands in for the telephone once."""

from sqlalchemy import delete, select

from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.people.inviting import normalised
from backend.staff.models import Staff
from backend.staff.session_models import RecoveryCode

RECOVERY_CODES, RECOVERY_LENGTH = 10, 16


def new_recovery_codes(session: Session, *, staff: Staff) -> list[str]:
    """Replace all recovery codes and return the new ones, grouped by four; only fingerprints are stored."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    codes = [session.entropy.code(RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(organisation_id=staff.organisation_id, staff_id=staff.id, fingerprint=fingerprint(code))
        for code in codes
    )
    session.flush()
    return ["-".join(code[at : at + 4] for at in range(0, RECOVERY_LENGTH, 4)) for code in codes]


def use_recovery_code(session: Session, *, staff: Staff, code: str) -> bool:
    """Use a recovery code up; False when it is none, or was used."""
    typed = {"staff_id": staff.id, "fingerprint": fingerprint(normalised(code)), "used_at": None}
    known = session.scalars(select(RecoveryCode).filter_by(**typed).with_for_update()).one_or_none()
    if known is None:
        return False
    known.used_at = session.clock.now()
    session.flush()
    return True
