"""Tokens of services outside, fetched once for all processes: sealed in Redis, behind a lock.

Redis may be dead or emptied at any time: then each call fetches a token of its own, which is slower and no worse.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from redis import Redis, RedisError

from backend.kernel.clock import Clock
from backend.kernel.entropy import Entropy
from backend.kernel.sealing import Seal, UnsealError

LOCKED_FOR = 5_000  # milliseconds: longer than a fetch mostly takes; after it, somebody else tries
GLANCE, GLANCES = 0.05, 60
MARGIN = 120  # seconds before its end from which on a token is no longer handed out
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"


@dataclass(frozen=True, slots=True)
class Fresh:
    """A token just fetched, and for how many seconds it is good."""

    token: str = field(repr=False)
    seconds: int


class SharedTokens:
    """The tokens of one installation, by name."""

    def __init__(self, redis: Redis, seal: Seal, clock: Clock, entropy: Entropy) -> None:
        self._redis, self._seal, self._clock, self._entropy = redis, seal, clock, entropy

    def get(self, name: str, fetch: Callable[[], Fresh]) -> str:
        """Return the token of this name; one caller fetches it while the others wait for what it brings."""
        mine = self._entropy.token()
        try:
            for _ in range(GLANCES):
                if known := self._known(name):
                    return known
                if self._redis.set(_lock(name), mine, nx=True, px=LOCKED_FOR):
                    return self._fetched(name, mine, fetch)
                self._clock.sleep(GLANCE)
        except RedisError:
            pass
        return fetch().token

    def forget(self, name: str, token: str) -> None:
        """Let a token that the service refused go, unless another has taken its place."""
        try:
            if self._known(name) == token:
                self._redis.delete(_key(name))
        except RedisError:
            pass

    def _fetched(self, name: str, mine: str, fetch: Callable[[], Fresh]) -> str:
        try:
            fresh = fetch()
            self._keep(name, fresh)
        finally:
            self._release(name, mine)
        return fresh.token

    def _keep(self, name: str, fresh: Fresh) -> None:
        seconds = fresh.seconds - MARGIN
        if seconds > 0:
            sealed = self._seal.seal(fresh.token.encode(), owner=_key(name))
            self._quietly(lambda: self._redis.set(_key(name), sealed, ex=seconds))

    def _release(self, name: str, mine: str) -> None:
        self._quietly(lambda: self._redis.eval(RELEASE, 1, _lock(name), mine))

    def _known(self, name: str) -> str | None:
        sealed = self._redis.get(_key(name))
        if not isinstance(sealed, bytes):
            return None
        try:
            return self._seal.unseal(sealed, owner=_key(name)).decode()
        except UnsealError:
            return None

    def _quietly(self, work: Callable[[], object]) -> None:
        with suppress(RedisError):
            work()


def _key(name: str) -> str:
    return f"dianyuan:token:{name}"


def _lock(name: str) -> str:
    return f"{_key(name)}:lock"
