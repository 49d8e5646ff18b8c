"""Whether who asks has told the password of late, so that a form is not lost on the way to it."""

from urllib.parse import quote

from flask import Response

from backend.admin.kit.blueprint import BASE
from backend.admin.kit.guarding import current
from backend.admin.kit.leading import go, here
from backend.runtime import runtime
from backend.staff.errors import ProveAgainError


def is_proved() -> bool:
    """Say whether the password was told in the last minutes."""
    try:
        current().require_proof(runtime().clock.now())
    except ProveAgainError:
        return False
    return True


def prove_first(then: str = "") -> Response:
    """Lead to where the password is told again, and from there to an address; back to this page without one."""
    return go(f"{BASE}/prove?next={quote(then or here(), safe='')}")
