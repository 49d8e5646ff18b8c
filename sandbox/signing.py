"""Signatures and encryption of WeChat Pay v3, as pure functions."""

import base64
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

SCHEMA = "WECHATPAY2-SHA256-RSA2048"
PROBE = "WECHATPAY/SIGNTEST/"


def sign(key: RSAPrivateKey, *parts: str) -> str:
    """Sign parts, each closed by a line feed, with RSA-SHA256; base64."""
    return base64.b64encode(key.sign(lines(*parts), PKCS1v15(), SHA256())).decode()


def verify(key: RSAPublicKey, signature: str, *parts: str) -> bool:
    """Tell whether a signature over the parts is authentic."""
    try:
        key.verify(base64.b64decode(signature, validate=True), lines(*parts), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def lines(*parts: str) -> bytes:
    """Join the parts as every v3 signature does."""
    return "".join(f"{part}\n" for part in parts).encode()


def encrypt(apiv3_key: str, nonce: str, associated: str, plaintext: str) -> str:
    """Encrypt with AEAD_AES_256_GCM; base64."""
    sealed = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plaintext.encode(), associated.encode())
    return base64.b64encode(sealed).decode()


def signature_headers(key: RSAPrivateKey, serial: str, timestamp: int, nonce: str, body: str) -> dict[str, str]:
    """Return the headers that make a response or callback authentic."""
    return {
        "Wechatpay-Timestamp": str(timestamp),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature": sign(key, str(timestamp), nonce, body),
        "Wechatpay-Signature-Type": SCHEMA,
    }


def spoil(headers: Mapping[str, str]) -> dict[str, str]:
    """Turn an authentic signature into one of WeChat's deliberate probes."""
    authentic = headers["Wechatpay-Signature"]
    return {**headers, "Wechatpay-Signature": PROBE + authentic[len(PROBE) :]}


def compact(value: object) -> str:
    """Write JSON as it goes over the wire."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
