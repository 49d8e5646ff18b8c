"""One top-up from tap to meter, over HTTP alone: `python -m sandbox.demo_pay`, or `make demo-pay`.

Plays a tenant's telephone: logs in, binds, orders, pays in the sandbox, and waits until the meter has confirmed.
WEB, SANDBOX and VAR_DIR say where the product, the sandbox and demo.json are.
"""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx

from sandbox.clock import pause, system_clock

T = TypeVar("T")
PATIENCE, GLANCE = 60.0, 0.1
STEPS = {
    "placed": "已下单 placed",
    "paid": "已支付 paid",
    "sent": "已下发 sent to the meter",
    "confirmed": "电表已确认 confirmed by the meter",
    "supply_on": "已通电 supply on",
    "closed": "已关闭 closed",
}
IN_WALLET = {"confirmed": "已记入预付费账户 credited to the account: this meter holds no money"}


class StuckError(Exception):
    """The demo cannot go on; the sentence says why."""


@dataclass
class Phone:
    """A tenant's telephone: what it may ask the product and the sandbox."""

    web: str
    sandbox: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20, trust_env=False))

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the mini-program's API."""
        return self._answer(method, f"{self.web}/api/mp/v1{path}", body)

    def control(self, path: str, body: Any) -> Any:
        """Make something happen in the sandbox."""
        return self._answer("POST", f"{self.sandbox}/_control/{path}", body)

    def _answer(self, method: str, url: str, body: Any) -> Any:
        try:
            answer = self.http.request(method, url, json=body)
        except httpx.HTTPError as error:
            raise StuckError(f"连不上 {url}，请先运行 make run (cannot be reached, start `make run` first)") from error
        if answer.is_success:
            return answer.json()
        raise StuckError(f"{method} {url} → {answer.status_code}: {_reason(answer)}")


def main() -> int:
    """Top up once and say how it went; 1 when something did not come."""
    options = _options()
    phone = Phone(options.web, options.sandbox)
    try:
        _run(phone, options)
    except StuckError as stuck:
        _say(f"\n✘ {stuck}")
        return 1
    return 0


def _run(phone: Phone, options: Namespace) -> None:
    _say("\n电园充值演示 (Dianyuan: one top-up, from tap to meter)\n")
    appid = _enter(phone, options)
    before = _wait(lambda: _meter(phone, options), "电表还没有读数 (the meter was never read)")
    _say(f"  电表 meter   {before['number']} · {before['room']} · {before['holder_name']}")
    age = before["age_seconds"]
    _say(f"  余额 before  {_yuan(before['credit_fen'])}（{age} 秒前读取, read {age} s ago）")
    order_no = _buy(phone, options, appid, before["reference"])
    words = STEPS | (IN_WALLET if before["credit_source"] == "platform" else {})
    order = _follow(phone, order_no, words)
    _finish(phone, before, {step["step"]: _instant(step["at"]) for step in order["timeline"] if step["done"]})
    _show_message(phone, order_no)


def _enter(phone: Phone, options: Namespace) -> str:
    """Log in and bind; return the mini-program's id."""
    demo = _demo(options.var_dir)
    person = next((p for p in demo["people"] if p["name"] == options.person), None)
    if person is None:
        raise StuckError(f"demo.json 里没有 {options.person} (nobody of this name in demo.json)")
    appid = str(demo["appid"])
    code = phone.control("wechat/code", {"person": options.person, "appid": appid})["code"]
    token = phone.call("POST", "/login", {"appid": appid, "code": code})["token"]
    phone.http.headers["Authorization"] = f"Bearer {token}"
    bound = phone.call("POST", "/bindings", {"code": person["invite"]})
    _say(f"  用户 user    {options.person} · {bound['name']} · {bound['role']}")
    _open_account_page(phone, options, appid)
    return appid


def _open_account_page(phone: Phone, options: Namespace, appid: str) -> None:
    """Open the page of the official account once: from then on its messages reach this person."""
    known = phone.control("wechat/person", {"person": options.person})["openids"]
    for account in known.keys() - {appid}:
        gate = phone.call("GET", f"/h5/authorize?appid={account}")["url"]
        state = parse_qs(urlsplit(gate).query)["state"][0]
        code = phone.control("wechat/code", {"person": options.person, "appid": account})["code"]
        phone.call("POST", "/h5/login", {"appid": account, "code": code, "state": state})


def _meter(phone: Phone, options: Namespace) -> Any:
    """Return the meter that was asked for, or the first whose own credit can be topped up; None before it was read."""
    meters = phone.call("GET", "/meters")["meters"]
    wanted = [m for m in meters if options.meter in ("", m["number"])]
    fit = [m for m in wanted if m["can_top_up"] and (options.meter or m["credit_source"] == "meter")]
    if not fit:
        reasons = "; ".join(f"{m['number']}: {m['why_not_text']}" for m in wanted) or "没有这块电表 (no such meter)"
        raise StuckError(f"没有可充值的电表 (no meter to top up): {reasons}")
    return next((m for m in fit if m["credit_fen"] is not None), None)


def _buy(phone: Phone, options: Namespace, appid: str, reference: str) -> str:
    body = {"meter": reference, "amount_fen": options.fen, "tap": token_hex(8)}
    placed = phone.call("POST", "/orders", body)
    order_no = str(placed["order_no"])
    _say(f"  订单 order   {order_no} · {_yuan(options.fen)}\n")
    if placed["pay"] is None:
        raise StuckError("订单没有可支付的参数 (the order came without payment arguments)")
    phone.control("wallet", {**placed["pay"], "appId": appid, "person": options.person})
    return order_no


def _follow(phone: Phone, order_no: str, words: dict[str, str]) -> Any:
    """Print each step as it comes and return the order once it is credited."""
    shown: set[str] = set()

    def confirmed() -> Any:
        order = phone.call("GET", f"/orders/{order_no}")
        _show(order, shown, words)
        if order["message"] in ("held", "refused", "closed"):
            raise StuckError(f"{order['message_text']} ({order['message']})")
        return order if order["state"] == "credited" else None

    return _wait(confirmed, f"订单 {order_no} 未到账 (the order was not credited)")


def _show(order: Any, shown: set[str], words: dict[str, str]) -> None:
    times = {step["step"]: _instant(step["at"]) for step in order["timeline"] if step["done"]}
    for step, at in times.items():
        if step in shown:
            continue
        shown.add(step)
        since = f"+{(at - times['paid']).total_seconds():.2f} s" if step not in ("placed", "paid") else ""
        _say(f"  {at.astimezone():%H:%M:%S.%f}"[:-3] + f"  ✔ {words[step]}  {since}".rstrip())


def _finish(phone: Phone, before: Any, times: dict[str, datetime]) -> None:
    """Read the credit back from the meter and compare."""

    def read_since() -> Any:
        meter = phone.call("GET", f"/meters/{before['reference']}")
        fresh = meter["credit_source"] == "platform" or _instant(meter["read_at"]) > times["sent"]
        return meter if fresh else None

    after = _wait(read_since, "充值后没有读到电表 (the meter was not read after the top-up)")
    gained = after["credit_fen"] - before["credit_fen"]
    _say(f"\n  余额 credit  {_yuan(before['credit_fen'])} → {_yuan(after['credit_fen'])}（+{_yuan(gained)}）")
    if gained <= 0:
        raise StuckError("电表余额没有增加 (the credit in the meter did not grow)")
    took = {step: (times["confirmed"] - times[step]).total_seconds() for step in ("placed", "paid")}
    _say(f"  用时 took    支付到确认 paid → confirmed {took['paid']:.2f} s，")
    _say(f"               下单到确认 placed → confirmed {took['placed']:.2f} s\n")


def _show_message(phone: Phone, order_no: str) -> None:
    """Say what the tenant is told of the top-up."""

    def told() -> Any:
        items = phone.call("GET", "/messages")["items"]
        return next((item for item in items if item["order_no"] == order_no), None)

    message = _wait(told, "没有收到消息 (no message came)")
    _say(f"  消息 message {message['title']}：{message['text']}\n")


def _wait(look: Callable[[], T | None], sentence: str) -> T:
    """Look until there is something, for a minute at most."""
    end = system_clock() + PATIENCE
    while system_clock() < end:
        if found := look():
            return found
        pause(GLANCE)
    raise StuckError(f"等了 {PATIENCE:.0f} 秒：{sentence}, waited {PATIENCE:.0f} s")


def _demo(var_dir: str) -> Any:
    file = Path(var_dir) / "demo.json"
    try:
        return json.loads(file.read_text())
    except FileNotFoundError as error:
        raise StuckError(f"找不到 {file}，请先运行 make run (not there, start `make run` first)") from error


def _reason(answer: httpx.Response) -> str:
    try:
        told = answer.json()
        return str(told.get("detail") or told.get("error"))
    except ValueError:
        return answer.text[:200]


def _instant(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}¥{abs(fen) // 100:,}.{abs(fen) % 100:02}"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _options() -> Namespace:
    environment = os.environ.get
    parser = ArgumentParser(prog="demo-pay", description="One top-up, from tap to meter")
    parser.add_argument("--person", default="bob")
    parser.add_argument("--meter", default="", help="number of the meter; default: the first whose credit it holds")
    parser.add_argument("--fen", type=int, default=5000)
    parser.add_argument("--web", default=environment("WEB", "http://127.0.0.1:8000"))
    parser.add_argument("--sandbox", default=environment("SANDBOX", "http://127.0.0.1:8090"))
    parser.add_argument("--var-dir", default=environment("VAR_DIR", "var"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
