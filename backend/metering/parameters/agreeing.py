"""What two persons agree on, and who may ask for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.kernel.db import Session
from backend.metering.parameters.change_models import ParameterChange
from backend.metering.parameters.money import is_priced, require_priced
from backend.metering.parameters.telling import as_told
from backend.metering.parameters.wish import PlannedMeter
from backend.staff.roles import ApprovalKind
from backend.staff.signed_in import SignedIn
from meter_bridge.protocol import ParameterCode

KIND = ApprovalKind.PRICE_CHANGE
NAMED = 20  # meters that a request for approval calls by their numbers


def require_allowed(
    session: Session, who: SignedIn, values: Mapping[ParameterCode, Any], rows: Sequence[PlannedMeter]
) -> None:
    """Refuse what costs money to who may not. Raises MoneyParameterError, ProveAgainError."""
    require_priced(who, values, {row.building.park_id for row in rows})
    if is_priced(values):
        who.require_proof(session.clock.now())


def facts_of(change: ParameterChange, rows: Sequence[PlannedMeter]) -> dict[str, Any]:
    """Return all that will be done, as both persons see it."""
    numbers = sorted(row.meter.number for row in rows)
    told: dict[str, Any] = {"change": change.id, "count": len(numbers)}
    told |= {} if change.template_version is None else {"version": change.template_version}
    return told | {"meters": numbers[:NAMED], "parameters": as_told(change.values, change.credit_unit)}
