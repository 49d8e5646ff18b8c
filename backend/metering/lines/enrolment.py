"""How a bridge comes to be known: a token shown once, exchanged for an access token of its own."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.kernel.inserting import insert
from backend.metering.errors import BadEnrolmentTokenError
from backend.metering.install_errors import BridgeExistsError
from backend.metering.models import Bridge
from meter_bridge.protocol import EnrolReply


def invite_bridge(session: Session, *, organisation_id: int, name: str, valid_hours: int = 24) -> str:
    """Add a bridge that may enrol; return the token, which is shown once. Raises BridgeExistsError."""
    bridge = Bridge(organisation_id=organisation_id, reference=session.entropy.reference(), name=name)
    insert(session, bridge, uq_bridge_organisation_id_name=BridgeExistsError(name=name))
    return reinvite(session, bridge=bridge, valid_hours=valid_hours)


def reinvite(session: Session, *, bridge: Bridge, valid_hours: int = 24) -> str:
    """Let other hardware become this bridge and take over its lines; the old goes on until the new has enrolled."""
    token = session.entropy.token()
    bridge.enrolment_fingerprint = fingerprint(token)
    bridge.enrolment_expires_at = session.database_now() + timedelta(hours=valid_hours)
    bridge.enrolled_at = None
    bridge.revoked_at = None
    return token


def enrol(session: Session, *, token: str, verify_key: str) -> EnrolReply:
    """Exchange an enrolment token for an access token. Raises BadEnrolmentTokenError.

    The reply may get lost: until the first call with the access token, the same enrolment token gives a new one.
    """
    bridge = session.scalars(
        select(Bridge).filter_by(enrolment_fingerprint=fingerprint(token), revoked_at=None).with_for_update()
    ).one_or_none()
    now = session.database_now()
    if bridge is None or bridge.enrolment_expires_at is None or bridge.enrolment_expires_at <= now:
        raise BadEnrolmentTokenError
    access_token = session.entropy.token()
    bridge.access_fingerprint = fingerprint(access_token)
    bridge.enrolled_at = now
    return EnrolReply(bridge=bridge.reference, access_token=access_token, verify_key=verify_key)


def bridges_in_use(session: Session, *, organisation_id: int) -> Sequence[Bridge]:
    """Return the bridges of an organisation that were not revoked, by name."""
    known = select(Bridge).filter_by(organisation_id=organisation_id, revoked_at=None)
    return session.scalars(known.order_by(Bridge.name)).all()


def revoke(session: Session, *, bridge: Bridge) -> None:
    """Refuse this bridge from now on; its leases run out by themselves, because it may still be writing."""
    bridge.revoked_at = session.clock.now()
    bridge.access_fingerprint = bridge.enrolment_fingerprint = None
