"""One-time codes of an authenticator application (RFC 6238: SHA-1, 6 digits, 30 seconds)."""

from datetime import datetime
from hmac import compare_digest

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

DIGITS, SECONDS = 6, 30
ISSUER = "Dianyuan"
DRIFT = (0, -1, 1)  # steps the telephone's clock may be wrong by


def code_at(secret: bytes, step: int) -> str:
    """Return the code of one step of 30 seconds since 1970."""
    return _totp(secret).generate(step * SECONDS).decode()


def step_of(now: datetime) -> int:
    """Return the step an instant lies in."""
    return int(now.timestamp()) // SECONDS


def fitting_step(secret: bytes, code: str, *, now: datetime, after: int) -> int | None:
    """Return the step a typed code belongs to, if that is near now and later than the last one used."""
    for drift in DRIFT:
        step = step_of(now) + drift
        if compare_digest(code_at(secret, step), code) and step > after:
            return step
    return None


def provisioning_uri(secret: bytes, *, login: str) -> str:
    """Return the otpauth:// address that an authenticator application reads from a QR code."""
    return _totp(secret).get_provisioning_uri(login, ISSUER)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), SECONDS)  # noqa: S303 authenticator applications know nothing else
