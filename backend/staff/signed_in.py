"""Who asks, and what they may: the value that back-office pages hand to services."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.audit.models import ActorKind
from backend.audit.recording import Actor
from backend.kernel.scope import Scope
from backend.staff.errors import NotPermittedError, ProveAgainError
from backend.staff.roles import Grant, Permission, allows, parks_with

PROOF_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A staff member at one browser; proved_at is when the password was last told."""

    session_id: int
    staff_id: int
    organisation_id: int
    login: str
    name: str
    grants: tuple[Grant, ...]
    proved_at: datetime

    def may(self, permission: Permission, park_id: int | None = None) -> bool:
        """Say whether they may do a thing in a park; without a park, in the whole organisation."""
        return allows(self.grants, permission, park_id)

    def may_somewhere(self, permission: Permission) -> bool:
        """Say whether they may do a thing in any park: for menus."""
        return parks_with(self.grants, permission) != frozenset()

    def scope(self, permission: Permission) -> Scope:
        """Return how far they may do a thing, for services. Raises NotPermittedError where it is nowhere."""
        parks = parks_with(self.grants, permission)
        if parks == frozenset():
            raise NotPermittedError
        return Scope(self.organisation_id, parks)

    def require_proof(self, now: datetime) -> None:
        """Raise ProveAgainError unless the password was told in the last five minutes."""
        if now - self.proved_at > PROOF_LASTS:
            raise ProveAgainError

    def actor(self, request_id: str) -> Actor:
        """Return who it is, for the audit trail."""
        return Actor(ActorKind.STAFF, self.staff_id, self.login, request_id)
