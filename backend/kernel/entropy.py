"""Randomness and the identifiers made of it; a simulation puts a seeded source here."""

import secrets
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U to be misread over a telephone
CHINA = ZoneInfo("Asia/Shanghai")


class Entropy:
    """Draw unguessable values from a source of bytes (the operating system's by default)."""

    def __init__(self, source: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._source = source

    def code(self, length: int) -> str:
        """Return a code of upper-case letters and digits that a person can type, 5 bits a character."""
        return "".join(ALPHABET[byte & 31] for byte in self._source(length))

    def token(self) -> str:
        """Return a secret of 256 bits as 64 hexadecimal digits."""
        return self._source(32).hex()

    def reference(self) -> str:
        """Return a public identifier of 26 characters, 130 bits, that says nothing of what it names."""
        return self.code(26)

    def order_no(self, now: datetime) -> str:
        """Return an order number of 24 characters: the local date, then 80 random bits (WeChat Pay takes 6 to 32)."""
        return now.astimezone(CHINA).strftime("%Y%m%d") + self.code(16)


def fingerprint(secret: str) -> str:
    """Return what is stored of a secret of full entropy: its SHA-256, in hexadecimal."""
    return sha256(secret.encode()).hexdigest()
