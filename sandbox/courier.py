"""The courier: posts callbacks that have fallen due."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import urllib3

from sandbox.callbacks import ANSWER_WITHIN, after_attempt, seal
from sandbox.records import Callback, Delivery
from sandbox.switches import strikes
from sandbox.world import World

Poster = Callable[[str, dict[str, str], bytes], int]
ACCEPTING = (200, 204)
AT_HAND = 64
UNDER_WAY_PAUSE = 0.1


def http_poster() -> Poster:
    """Return a poster over HTTP; it says 0 when nobody answered within five seconds."""
    pool = urllib3.PoolManager(num_pools=8, maxsize=32, retries=False)

    def post(url: str, headers: dict[str, str], body: bytes) -> int:
        try:
            answer = pool.request(
                "POST",
                url,
                body=body,
                headers={**headers, "Connection": "close"},
                timeout=urllib3.Timeout(total=ANSWER_WITHIN),
                redirect=False,
            )
        except (urllib3.exceptions.HTTPError, ValueError):
            return 0
        return answer.status

    return post


@dataclass
class Courier:
    """Delivers what the books hold; `deliver_due` is one round, in this thread."""

    world: World
    poster: Poster

    def deliver_due(self) -> int:
        """Post every callback due now, one after the other, and return how many."""
        due = self.world.books.callbacks.due_by(self.world.clock())
        for callback in due:
            self.attempt(callback)
        return len(due)

    def attempt(self, callback: Callback) -> Delivery:
        """Post one callback and write down what became of it."""
        world = self.world
        flaw = "probe" if not callback.flaw and strikes(world, "probe_callbacks") else callback.flaw
        headers, body = seal(world, callback, flaw)
        at = world.clock()
        status = self.poster(callback.notify_url, headers, body)
        accepted = status in ACCEPTING
        with world.books.store.transaction():
            after = after_attempt(world, callback, accepted=accepted and not flaw)
            world.books.callbacks.put(after)
            key = f"{callback.key}.{after.attempts}"
            return world.books.deliveries.put(
                Delivery(
                    key=key,
                    event_id=callback.event_id,
                    out_trade_no=callback.out_trade_no,
                    event_type=callback.event_type,
                    attempt=after.attempts,
                    at=at,
                    flaw=flaw,
                    status=status,
                    accepted=accepted,
                )
            )


@dataclass
class CourierThread:
    """Keeps a courier at work in the background, sixteen callbacks at a time."""

    courier: Courier
    bell: threading.Event
    _under_way: set[str] = field(default_factory=set)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin; what fell due while nobody was there goes out first."""
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="courier")
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop; what is under way is sent again at the next start if its outcome was not written."""
        self._stopping.set()
        self.bell.set()
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        world = self.courier.world
        while not self._stopping.is_set():
            self.bell.clear()
            self._hand_out()
            next_due = world.books.callbacks.next_due()
            left = 1.0 if next_due is None else next_due - world.clock()
            self.bell.wait(min(1.0, left) if left > 0 else UNDER_WAY_PAUSE)

    def _hand_out(self) -> None:
        world = self.courier.world
        for callback in world.books.callbacks.due_by(world.clock(), AT_HAND):
            if callback.key not in self._under_way:
                self._under_way.add(callback.key)
                self._pool.submit(self._attempt, callback.key)

    def _attempt(self, key: str) -> None:
        world = self.courier.world
        try:
            callback = world.books.callbacks.get(key)  # again: the round that found it may have read it too early
            due = callback.due if callback else None
            if callback and due is not None and due <= world.clock() and not self._stopping.is_set():
                self.courier.attempt(callback)
        finally:
            self._under_way.discard(key)
            self.bell.set()
