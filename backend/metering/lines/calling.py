"""Which bridge calls: asked in every transaction of its, so in one statement, and of what it is only what is needed."""

from typing import LiteralString

from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.metering.errors import BadBridgeTokenError
from backend.metering.lines.runs import Caller

NAMED: LiteralString = "access_fingerprint = %(fingerprint)s AND revoked_at IS NULL"
TOLD: LiteralString = "id, organisation_id, instance, unfit_profiles"
KNOWN: LiteralString = f"SELECT 1 FROM bridge WHERE {NAMED}"  # noqa: S608 only what stands above, as below
CALLER: LiteralString = f"SELECT {TOLD}, enrolled_at IS NOT NULL AS is_first FROM bridge WHERE {NAMED}"  # noqa: S608
LOCKED: LiteralString = f"{CALLER} FOR NO KEY UPDATE"
FIRST_CALL: LiteralString = f"""
UPDATE bridge SET enrolment_fingerprint = NULL, enrolment_expires_at = NULL, enrolled_at = NULL
WHERE {NAMED} RETURNING {TOLD}
"""  # noqa: S608


def bridge_of(session: Session, *, access_token: str, lock: bool = False) -> Caller:
    """Return the bridge with this token, locked if need be; its first call uses the enrolment token up.

    Raises BadBridgeTokenError.
    """
    name = fingerprint(access_token)
    found = session.run_sql(LOCKED if lock else CALLER, fingerprint=name).first()
    if found is not None and found.is_first:
        found = session.run_sql(FIRST_CALL, fingerprint=name).first()
    if found is None:
        raise BadBridgeTokenError
    return Caller(found.id, found.organisation_id, found.instance, found.unfit_profiles)


def is_known(session: Session, *, access_token: str) -> bool:
    """Say whether a bridge with this token may call; for a look before anything else is looked at."""
    return session.run_sql(KNOWN, fingerprint=fingerprint(access_token)).first() is not None
