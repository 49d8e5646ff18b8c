"""Who signed a request to WeChat Pay, and is the signature true."""

import re

from flask import Request

from sandbox.refusals import PayRefusal
from sandbox.signing import SCHEMA, verify
from sandbox.world import World

FIELD = re.compile(r'(\w+)="([^"]*)"')
CLOCKS_MAY_DIFFER = 300


def check_authorization(world: World, request: Request) -> None:
    """Refuse a request that the merchant did not sign within the last five minutes."""
    schema, _, rest = request.headers.get("Authorization", "").partition(" ")
    fields = dict(FIELD.findall(rest))
    parts = (request.method, raw_target(request), fields.get("timestamp", ""), fields.get("nonce_str", ""))
    authentic = (
        schema == SCHEMA
        and fields.get("mchid") == world.keys.mchid
        and fields.get("serial_no") == world.keys.cert_serial_no
        and _is_fresh(world, fields.get("timestamp", ""))
        and verify(world.keys.merchant_public, fields.get("signature", ""), *parts, request.get_data(as_text=True))
    )
    if not authentic:
        raise PayRefusal(401, "SIGN_ERROR", "错误的签名，验签失败")


def raw_target(request: Request) -> str:
    """Return path and query as they came over the wire, which is what was signed."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    return str(raw) if raw else request.full_path.removesuffix("?")


def _is_fresh(world: World, timestamp: str) -> bool:
    return timestamp.isascii() and timestamp.isdigit() and abs(world.clock() - int(timestamp)) <= CLOCKS_MAY_DIFFER
