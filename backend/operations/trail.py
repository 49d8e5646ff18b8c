"""Whether the audit trail is sealed."""

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from backend.audit.models import AuditEntry, AuditPending
from backend.kernel.db import Session
from backend.operations.families import single


def oldest_unsealed_entry(session: Session) -> GaugeMetricFamily:
    """Return the age of the oldest entry that no seal covers yet; 0 when there is none."""
    pending = select(func.min(AuditEntry.occurred_at)).join(AuditPending, AuditPending.entry_id == AuditEntry.id)
    oldest = session.scalar(pending)
    age = 0.0 if oldest is None else max((session.clock.now() - oldest).total_seconds(), 0.0)
    return single("oldest_unsealed_audit_entry_seconds", "Age of the oldest audit entry that is not sealed yet", age)
