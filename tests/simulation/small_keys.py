"""Keys for the pretended provider that are quick to sign with. Never for anything else: they are too short."""

import random
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.keys import App, Keys

BITS = 1024


class QuickKeys(Keys):
    """Keys whose forger is as quick as the rest."""

    @property
    def forger(self) -> RSAPrivateKey:
        """A key that has no right to sign anything."""
        return _forger()


@cache
def _forger() -> RSAPrivateKey:
    return generate_private_key(65537, BITS)


@cache
def small_keys() -> QuickKeys:
    """Return the keys of this process."""
    chance = random.Random(0)

    def draw(alphabet: str, length: int) -> str:
        return "".join(chance.choices(alphabet, k=length))

    hexadecimal = "0123456789abcdef"
    apps = tuple(
        App("wx" + draw(hexadecimal, 16), kind, draw(hexadecimal, 32)) for kind in ("mini_program", "official_account")
    )
    return QuickKeys(
        mchid="1900000001",
        cert_serial_no=draw(hexadecimal, 40).upper(),
        apiv3_key=draw(hexadecimal, 32),
        merchant_pem=_pem(),
        platform_pem=_pem(),
        public_key_id="PUB_KEY_ID_01" + draw("0123456789", 26),
        apps=apps,
    )


def _pem() -> str:
    key = generate_private_key(65537, BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
