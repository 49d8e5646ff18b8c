"""The job queue: RQ over Redis makes due work start at once. It may be dead or emptied at any time."""

from typing import Protocol

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from backend.kernel.bell import Ringer
from backend.kernel.clock import Clock

SHORT = "short"
DRAIN = "backend.jobs.worker.drain"
ANSWER_WITHIN = 0.05
GAP = 0.1  # RQ takes a millisecond of processor for each job, and one drain works off all that is due


class JobQueue(Protocol):
    """Starts a drain by its name, soon and at least once in a while."""

    def start(self, drain: str) -> None:
        """Ask that this drain runs. Never fails: the ticker runs it all the same."""
        ...


class RedisQueue:
    """A queue in Redis; the first request is sent at once, by a thread of its own, those of the next 0.1 s together."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._queue = Queue(SHORT, connection=redis, serializer=JSONSerializer)
        self._ringer = Ringer(self._send, "redis", clock, GAP)

    def start(self, drain: str) -> None:
        """Ask that this drain runs."""
        self._ringer.ring(drain)

    def _send(self, drains: set[str]) -> None:
        for drain in drains:
            self._queue.enqueue(DRAIN, drain, result_ttl=0, failure_ttl=3600)


def connect(url: str, *, answer_within: float | None = ANSWER_WITHIN) -> Redis:
    """Return a client that never retries: redis-py's own retry costs 4 to 5 s a call when the server is dead."""
    return Redis.from_url(
        url,
        socket_timeout=answer_within,
        socket_connect_timeout=answer_within,
        retry=Retry(NoBackoff(), 0),
        retry_on_timeout=False,
    )
