"""The provider's courier under virtual time: every callback on its way by itself, so that they overtake each other."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from sandbox.courier import ACCEPTING, Courier
from sandbox.records import Callback
from sandbox.world import World
from tests.simulation.invariants import Paid
from tests.simulation.scene import Scene
from tests.simulation.seams import Answer, wsgi
from tests.simulation.switching import run_switching, wait_for

LOOK_EVERY = 1.0


class SimulatedCourier:
    """Delivers what the sandbox's books hold."""

    def __init__(self, scene: Scene, sandbox: World, app: Any, paid: Paid, check: Callable[[], None]) -> None:
        self._scene, self._sandbox, self._app, self._paid, self._check = scene, sandbox, app, paid, check
        self._under_way: set[str] = set()

    async def work(self) -> None:
        """Deliver for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for callback in self._sandbox.books.callbacks.due_by(self._sandbox.clock()):
                if callback.key not in self._under_way:
                    self._under_way.add(callback.key)
                    self._scene.loop.spawn(None, self._deliver(callback))

    async def _deliver(self, callback: Callback) -> None:
        transaction = json.loads(callback.plaintext)["transaction_id"]
        courier = Courier(self._sandbox, lambda url, headers, body: wait_for(self._post(url, headers, body)))
        delivery = await run_switching(lambda: courier.attempt(callback))
        self._under_way.discard(callback.key)
        name = transaction[-6:]
        self._scene.story.tell(
            "courier", f"tells of {name} for the {delivery.attempt}. time {delivery.flaw} -> {delivery.status}"
        )
        taken = delivery.status in ACCEPTING
        if taken and delivery.flaw and not (delivery.flaw == "old" and self._scene.skews.get("web")):
            self._scene.fail(f"a callback with the flaw {delivery.flaw!r} was accepted")
        if taken and not delivery.flaw and transaction in self._paid.amounts:
            self._paid.acknowledged.add(transaction)
            self._check()

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        scene = self._scene
        await asyncio.sleep(scene.chance.between("callback pace", 0.001, 0.05))
        if scene.chance.strikes("callback lost"):
            return 0
        path = urlsplit(url).path
        try:
            answer: Answer = await scene.hosts["web"].run(lambda: wsgi(self._app, "POST", path, "", headers, body))
        except ConnectionResetError:
            return 0
        return 0 if scene.chance.strikes("callback answer lost") else answer[0]
