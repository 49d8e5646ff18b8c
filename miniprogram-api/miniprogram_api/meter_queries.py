"""Meters as the people of their holders may see them: one statement, however many there are, the log-in included."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from backend.accounts.models import Billing
from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.kernel.errors import NotFoundError, NotLoggedInError
from backend.people.models import Role
from meter_bridge.protocol import CreditUnit, MoneyCapability, SupplyState

# Every meter in use of every holder the user of a live token (people.logging_in.user_of_token) is bound to. A user
# without meters is one row without a meter; no row: no live token. In three parts, because planning one join of
# eleven tables costs more than everything else.
SEEN: LiteralString = """
WITH who AS MATERIALIZED (
    SELECT wechat_user_id, organisation_id FROM login_token
    WHERE fingerprint = %(fingerprint)s AND revoked_at IS NULL AND expires_at > %(now)s),
seen AS MATERIALIZED (
    SELECT t.id, t.line_id, t.room_id, t.reference, t.number, t.profile, t.capability, t.credit_unit, t.frozen_reason,
           a.billing, a.wallet_fen, h.id AS holder, h.name AS holder_name, b.role
    FROM who
    JOIN binding b ON b.wechat_user_id = who.wechat_user_id AND b.organisation_id = who.organisation_id
                  AND b.ended_at IS NULL
    JOIN holder h ON h.id = b.holder_id
    JOIN account a ON a.holder_id = h.id AND a.closed_at IS NULL
    JOIN account_meter m ON m.account_id = a.id AND m.ended_at IS NULL
    JOIN meter t ON t.id = m.meter_id AND t.state = 'active')
SELECT seen.reference, seen.number, seen.profile, seen.capability, seen.credit_unit, seen.frozen_reason, seen.billing,
       seen.wallet_fen, seen.holder, seen.holder_name, seen.role,
       concat_ws(' ', p.name, d.name, r.floor, r.number) AS room, s.balance, s.supply, s.read_at, l.gateway_answers
FROM who
LEFT JOIN (
    seen
    JOIN line l ON l.id = seen.line_id
    JOIN room r ON r.id = seen.room_id
    JOIN building d ON d.id = r.building_id
    JOIN park p ON p.id = d.park_id
    LEFT JOIN meter_status s ON s.meter_id = seen.id
) ON true
ORDER BY p.name, d.name, r.number, seen.number
"""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a meter hangs."""

    park: str
    building: str
    floor: str
    room: str

    def label(self) -> str:
        """Return park, building, floor and room in one line."""
        return " ".join((self.park, self.building, self.floor, self.room))


@dataclass(frozen=True, slots=True)
class MeterSight:
    """A meter with everything that is shown of it; room: where it hangs; read_at: None until it was read."""

    reference: str
    number: str
    profile: str
    capability: MoneyCapability
    credit_unit: CreditUnit
    frozen_reason: str | None
    billing: Billing
    wallet_fen: int
    holder: int
    holder_name: str
    role: Role
    room: str
    balance: int | None
    supply: SupplyState | None
    read_at: datetime | None
    gateway_answers: bool | None


def meters_of(session: Session, *, token: str) -> Sequence[MeterSight]:
    """Return every meter in use of every holder the token's user is bound to. Raises NotLoggedInError."""
    rows = session.run_sql(SEEN, fingerprint=fingerprint(token), now=session.clock.now()).all()
    if not rows:
        raise NotLoggedInError
    return [
        MeterSight(
            reference=row.reference,
            number=row.number,
            profile=row.profile,
            capability=MoneyCapability(row.capability),
            credit_unit=CreditUnit(row.credit_unit),
            frozen_reason=row.frozen_reason,
            billing=Billing(row.billing),
            wallet_fen=row.wallet_fen,
            holder=row.holder,
            holder_name=row.holder_name,
            role=Role(row.role),
            room=row.room,
            balance=row.balance,
            supply=SupplyState(row.supply) if row.supply else None,
            read_at=row.read_at,
            gateway_answers=row.gateway_answers,
        )
        for row in rows
        if row.reference is not None
    ]


def meter_of(session: Session, *, token: str, reference: str) -> MeterSight:
    """Return one of these meters. Raises NotFoundError, whether it is missing or another's, and NotLoggedInError."""
    for sight in meters_of(session, token=token):
        if sight.reference == reference:
            return sight
    raise NotFoundError
