"""Secrets at rest: AES-256-GCM under the installation's master key, bound to what they belong to."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE = 12


class UnsealError(Exception):
    """The sealed bytes were changed, moved to another owner, or sealed under another key."""


class Seal:
    """Seal and unseal bytes. The nonce must never repeat, so it always comes from the operating system."""

    def __init__(self, master_key: bytes) -> None:
        self._cipher = AESGCM(master_key)

    def seal(self, secret: bytes, *, owner: str) -> bytes:
        """Return the secret sealed for this owner: version, nonce, ciphertext and tag."""
        nonce = os.urandom(NONCE)
        return VERSION + nonce + self._cipher.encrypt(nonce, secret, owner.encode())

    def unseal(self, sealed: bytes, *, owner: str) -> bytes:
        """Return the secret; raises UnsealError unless key, owner and bytes are the ones it was sealed with."""
        if sealed[:1] != VERSION:
            raise UnsealError("unknown version of sealing")
        try:
            return self._cipher.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], owner.encode())
        except InvalidTag as error:
            raise UnsealError(f"what is sealed for {owner} cannot be opened with this master key") from error
