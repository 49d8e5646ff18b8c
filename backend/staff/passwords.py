"""Passwords: slow to check on purpose, never more than two checks at once in a process."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from backend.staff.setup_errors import WeakPasswordError

LEAST, MOST = 10, 128
# Long enough to be let through, and among the first that are guessed.
COMMON = frozenset(
    {
        *("1234567890", "0123456789", "qwertyuiop", "1q2w3e4r5t", "password123", "password1234", "administrator"),
        *("admin12345", "admin123456", "woaini1314", "woaini520", "5201314520", "123456789a", "a123456789"),
        *("qq123456789", "abc1234567", "iloveyou123", "letmein12345"),
    }
)


SLOW = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1, type=Type.ID)


class Passwords:
    """Hash and check passwords by argon2id: 32 MiB and three rounds, more than OWASP asks for."""

    def __init__(self, *, hasher: PasswordHasher = SLOW, at_once: int = 2) -> None:
        self._hasher = hasher
        self._turns = BoundedSemaphore(at_once)
        self._nobodys = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return what is stored of a password."""
        with self._turns:
            return self._hasher.hash(password)

    def fits(self, stored: str | None, password: str) -> bool:
        """Say whether a password is the stored one; without one it takes the same time, and never fits."""
        with self._turns:
            try:
                self._hasher.verify(stored or self._nobodys, password[:MOST])
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None


def refuse_weak(password: str, *, login: str) -> None:
    """Raise WeakPasswordError for what is short, long, common, one sign repeated, or holds the log-in name."""
    plain = password.lower()
    dull = plain in COMMON or len(set(plain)) < 4 or login in plain  # noqa: PLR2004 the docstring says it
    if dull or not LEAST <= len(password) <= MOST:
        raise WeakPasswordError(least=LEAST, most=MOST)
