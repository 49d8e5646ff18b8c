"""Whether who asks has told the password of late, so that a form is not lost on the way to it."""

from backend.admin.kit.page import current
from backend.runtime import runtime
from backend.staff.errors import ProveAgainError


def is_proved() -> bool:
    """Say whether the password was told in the last minutes."""
    try:
        current().require_proof(runtime().clock.now())
    except ProveAgainError:
        return False
    return True
