"""What staff accounts can have happen to them, for the audit trail."""

from enum import StrEnum


class StaffAction(StrEnum):
    """One thing done to a staff account or an approval."""

    STAFF_INVITED = "staff_invited"
    STAFF_RESET = "staff_reset"
    STAFF_SET_UP = "staff_set_up"
    STAFF_RENAMED = "staff_renamed"
    STAFF_DISABLED = "staff_disabled"
    STAFF_ENABLED = "staff_enabled"
    STAFF_UNLOCKED = "staff_unlocked"
    ROLE_GRANTED = "role_granted"
    ROLE_ENDED = "role_ended"
    LOGGED_IN = "logged_in"
    LOG_IN_REFUSED = "log_in_refused"
    LOGGED_OUT = "logged_out"
    SESSION_REVOKED = "session_revoked"
    PASSWORD_PROVED = "password_proved"  # noqa: S105 a word, no secret
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 a word, no secret
    LIST_EXPORTED = "list_exported"
    APPROVAL_ASKED = "approval_asked"
    APPROVAL_GIVEN = "approval_given"
    APPROVAL_REFUSED = "approval_refused"
    APPROVAL_WITHDRAWN = "approval_withdrawn"
    APPROVAL_EXPIRED = "approval_expired"
    APPROVAL_USED = "approval_used"
