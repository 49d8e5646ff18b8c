"""The state of a log-in through the official account: proves that this browser began it, here, a short while ago.

WeChat carries at most 128 letters and digits. Without it somebody could log a visitor in as somebody else, and have
them pay for a stranger's meter.
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from miniprogram_api.errors import H5StateRefusedError

LIFE = timedelta(minutes=10)
STAMP = 8  # hexadecimal digits of the second in which it ends


def new_state(key: bytes, *, appid: str, visitor: str, now: datetime) -> str:
    """Return a state for a visitor, who is known by a secret that only their browser has."""
    stamp = f"{int((now + LIFE).timestamp()):0{STAMP}x}"
    return stamp + _proof(key, stamp, appid, visitor)


def check_state(key: bytes, *, appid: str, visitor: str, state: str, now: datetime) -> None:
    """Believe a state that came back. Raises H5StateRefusedError."""
    stamp, proof = state[:STAMP], state[STAMP:]
    if not visitor or not hmac.compare_digest(proof, _proof(key, stamp, appid, visitor)):
        raise H5StateRefusedError
    if int(stamp, 16) < now.timestamp():
        raise H5StateRefusedError


def _proof(key: bytes, stamp: str, appid: str, visitor: str) -> str:
    own = hmac.digest(key, b"h5 state", sha256)
    return hmac.new(own, f"{stamp}\n{appid}\n{visitor}".encode(), sha256).hexdigest()
