"""What users do, and what is done to them, for the audit trail."""

from enum import StrEnum

from backend.audit.models import ActorKind
from backend.audit.recording import Actor
from backend.people.models import WechatUser


class PeopleAction(StrEnum):
    """One thing done by or to a user."""

    USER_BOUND = "user_bound"
    USER_UNBOUND = "user_unbound"
    MEMBER_INVITED = "member_invited"
    INVITE_REVOKED = "invite_revoked"
    MEMBER_REMOVED = "member_removed"
    MEMBER_CHANGED = "member_changed"
    OWNERSHIP_HANDED_OVER = "ownership_handed_over"
    REGISTRATION_SENT = "registration_sent"
    REGISTRATION_APPROVED = "registration_approved"
    REGISTRATION_REJECTED = "registration_rejected"
    REGISTRATION_WITHDRAWN = "registration_withdrawn"
    USER_ERASED = "user_erased"


def acting(user: WechatUser, request_id: str) -> Actor:
    """Return a user as who does something; by number alone, never by name."""
    return Actor(ActorKind.USER, user.id, "", request_id)
