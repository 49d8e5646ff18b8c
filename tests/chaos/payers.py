"""People who pay, each for one meter, over the mini-program's API: they try again until it worked."""

import random
import threading
from collections import Counter
from typing import Any

import requests

from backend.kernel.clock import SystemClock
from tests.chaos.site import Site
from tests.chaos.town import Payer

PATIENCE = 120.0
MODES = {"normal": 78, "twice": 6, "silent": 6, "old": 4, "garbled": 4, "many": 2}


class Telephone:
    """One payer's telephone."""

    def __init__(self, site: Site, payer: Payer, chance: random.Random) -> None:
        self._site, self._payer, self._chance = site, payer, chance
        self._http, self._clock = requests.Session(), SystemClock()
        self._meter = ""
        self.retries: Counter[str] = Counter()

    def enter(self) -> None:
        """Log in, bind, and find the meter."""
        who = {"person": self._payer.name, "appid": self._site.seeded.appid}
        code = self._control("wechat/code", who)["code"]
        token = self._call("POST", "/login", {"appid": self._site.seeded.appid, "code": code})["token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._call("POST", "/bindings", {"code": self._payer.code})
        self._meter = self._call("GET", "/meters", None)["meters"][0]["reference"]

    def buy(self, tap: str) -> None:
        """Place one order and pay it, whatever breaks meanwhile."""
        [mode] = self._chance.choices(list(MODES), list(MODES.values()))
        wish = {"meter": self._meter, "amount_fen": self._chance.randint(100, 9999), "tap": tap}
        end = self._clock.monotonic() + PATIENCE
        while not self._bought(wish, mode):
            assert self._clock.monotonic() < end, f"{self._payer.name} could not buy {wish}"
            self._clock.sleep(0.2)

    def _bought(self, wish: dict[str, Any], mode: str) -> bool:
        try:
            placed = self._call("POST", "/orders", wish)
        except requests.HTTPError as refused:
            self.retries[refused.response.text.partition('"code":')[2][:30] or str(refused.response.status_code)] += 1
            return False
        except requests.RequestException as broken:
            self.retries[type(broken).__name__] += 1
            return False
        if placed["pay"] is None:
            self.retries["not payable yet"] += 1
            return False
        copies = {"copies": 3} if mode == "many" else {}
        self._control(f"pay/{placed['order_no']}", {"mode": "normal" if copies else mode, **copies})
        return True

    def _call(self, method: str, path: str, body: Any) -> Any:
        url = f"http://127.0.0.1:{self._site.front.port}/api/mp/v1{path}"
        answer = self._http.request(method, url, json=body, timeout=8)
        answer.raise_for_status()
        return answer.json()

    def _control(self, path: str, body: Any) -> Any:
        answer = self._http.post(f"{self._site.sandbox}/_control/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()


class Crowd:
    """All payers at once: so many payments, at about so many a second."""

    def __init__(self, site: Site, *, payments: int, per_second: float, seed: int) -> None:
        self._clock = SystemClock()
        self._phones = [Telephone(site, p, random.Random(f"{seed}-{p.name}")) for p in site.seeded.payers]
        self._taps = iter(range(payments))
        self._gap = len(self._phones) / per_second
        self._lock, self._failures = threading.Lock(), list[BaseException]()
        self._threads = [threading.Thread(target=self._pay, args=(phone,), daemon=True) for phone in self._phones]

    def enter(self) -> None:
        """Let everybody log in, before anything breaks."""
        for phone in self._phones:
            phone.enter()

    def start(self) -> None:
        """Begin to pay."""
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> bool:
        """Whether somebody still pays."""
        return any(thread.is_alive() for thread in self._threads)

    def finish(self) -> Counter[str]:
        """Return how often somebody had to try again, and why; raise what made somebody give up."""
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]
        return sum((phone.retries for phone in self._phones), Counter())

    def _pay(self, phone: Telephone) -> None:
        try:
            while (tap := self._next()) is not None:
                begun = self._clock.monotonic()
                phone.buy(f"tap-{tap:06}")
                self._clock.sleep(max(0.0, self._gap - (self._clock.monotonic() - begun)))
        except BaseException as failure:  # noqa: BLE001 told to the thread that waits
            self._failures.append(failure)

    def _next(self) -> int | None:
        with self._lock:
            return next(self._taps, None)
