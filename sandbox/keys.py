"""Keys and identities of the pretended merchant and platform, made at the first start."""

import random
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

MERCHANT_FILE = "merchant.toml"
PLATFORM_FILE = "platform_key.pem"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class App:
    """A mini_program or official_account that may call the WeChat API."""

    appid: str
    kind: str
    secret: str


@dataclass(frozen=True)
class Keys:
    """Everything the merchant and the platform sign, encrypt and identify themselves with."""

    mchid: str
    cert_serial_no: str
    apiv3_key: str
    merchant_pem: str
    platform_pem: str
    public_key_id: str
    apps: tuple[App, ...]

    @cached_property
    def merchant_public(self) -> RSAPublicKey:
        """The key that verifies the merchant's requests."""
        return _private(self.merchant_pem).public_key()

    @cached_property
    def platform(self) -> RSAPrivateKey:
        """The key that signs responses and callbacks."""
        return _private(self.platform_pem)

    @cached_property
    def forger(self) -> RSAPrivateKey:
        """A key that has no right to sign anything."""
        return generate_private_key(65537, 2048)

    @property
    def public_pem(self) -> str:
        """The platform's public key, which the merchant verifies with."""
        key = self.platform.public_key()
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def app(self, appid: str) -> App | None:
        """Return the app with this id."""
        return next((app for app in self.apps if app.appid == appid), None)


def generate_keys(entropy: random.Random) -> Keys:
    """Make up a merchant, its two apps and the platform."""
    hexadecimal = "0123456789abcdef"

    def draw(alphabet: str, length: int) -> str:
        return "".join(entropy.choices(alphabet, k=length))

    def app(kind: str) -> App:
        return App("wx" + draw(hexadecimal, 16), kind, draw(hexadecimal, 32))

    return Keys(
        mchid="1900000001",
        cert_serial_no=draw(hexadecimal, 40).upper(),
        apiv3_key=draw(ALPHABET, 32),
        merchant_pem=_new_pem(),
        platform_pem=_new_pem(),
        public_key_id="PUB_KEY_ID_01" + draw("0123456789", 26),
        apps=(app("mini_program"), app("official_account")),
    )


def load_keys(state: Path, entropy: random.Random) -> Keys:
    """Return the keys of a state folder; the first call makes them and writes merchant.toml."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    state.chmod(0o700)
    if not (state / MERCHANT_FILE).exists():
        keys = generate_keys(entropy)
        _write(state / PLATFORM_FILE, keys.platform_pem)
        _write(state / MERCHANT_FILE, merchant_toml(keys))
    parsed = tomllib.loads((state / MERCHANT_FILE).read_text())
    account = parsed["merchant_account"]
    return Keys(
        mchid=account["mchid"],
        cert_serial_no=account["cert_serial_no"],
        apiv3_key=account["apiv3_key"],
        merchant_pem=account["private_key"],
        platform_pem=(state / PLATFORM_FILE).read_text(),
        public_key_id=account["public_key_id"],
        apps=tuple(App(**app) for app in parsed["wechat_app"]),
    )


def merchant_toml(keys: Keys) -> str:
    """Write what a merchant would copy from its console, as the product imports it."""
    account = f'''[merchant_account]
provider = "wechat_pay"
mode = "direct"
mchid = "{keys.mchid}"
appid = "{keys.apps[0].appid}"
cert_serial_no = "{keys.cert_serial_no}"
apiv3_key = "{keys.apiv3_key}"
private_key = """{keys.merchant_pem}"""
public_key_id = "{keys.public_key_id}"
public_key = """{keys.public_pem}"""
'''
    apps = (f'\n[[wechat_app]]\nappid = "{a.appid}"\nkind = "{a.kind}"\nsecret = "{a.secret}"\n' for a in keys.apps)
    return account + "".join(apps)


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.rename(path)


def _new_pem() -> str:
    key = generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _private(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("an RSA key is needed")
    return key
