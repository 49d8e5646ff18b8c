"""The arithmetic of the chain: what a link's digest covers."""

from datetime import UTC
from hashlib import sha256
from json import dumps

from backend.audit.models import AuditEntry

START = "0" * 64


def digest_of(entry: AuditEntry, *, position: int, previous: str) -> str:
    """Return the SHA-256, in hexadecimal, over the link before, the position and every column of the entry."""
    whole = [
        previous,
        position,
        entry.id,
        entry.organisation_id,
        entry.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_kind.value,
        entry.actor_id,
        entry.actor_name,
        entry.park_id,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.before,
        entry.after,
        entry.reason,
        entry.request_id,
    ]
    return sha256(dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
