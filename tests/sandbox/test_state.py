"""State: books that survive, files for one user only, a page without foreign assets, bills that add up."""

import csv
import gzip
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import urllib3

from sandbox.app import create_app
from sandbox.books import Books
from sandbox.clock import day_of, system_clock
from sandbox.courier import Courier
from sandbox.keys import Keys
from sandbox.orders import place as place_order
from sandbox.payments import Wish
from sandbox.payments import pay as pay_order
from sandbox.server import RunningSandbox
from sandbox.world import World
from tests.sandbox.conftest import pay_client
from tests.sandbox.receiver import Receiver
from tests.sandbox.test_orders import place, told


def start(state: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "sandbox", "--address", "127.0.0.1:0", "--state", str(state), "--time-scale", "50"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r"http://\S+[0-9]", process.stdout.readline())
    assert found is not None
    return process, found[0]


def control(url: str, path: str, body: dict[str, Any] | None = None) -> Any:
    return urllib3.request("POST" if body is not None else "GET", f"{url}/_control/{path}", json=body).json()


def test_books_and_waiting_callbacks_survive_kill_and_are_private(
    tmp_path: Path, receiver: Receiver, number: str
) -> None:
    state = tmp_path / "state"
    with RunningSandbox(state) as sandbox:
        place(pay_client(sandbox, receiver.url), number)
    first, url = start(state)
    receiver.statuses = [500, 204]
    control(url, f"pay/{number}", {})
    receiver.wait_for(1)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    second, url = start(state)
    receiver.wait_for(2)
    assert control(url, "books")["merchants"][0]["paid_fen"] == 1250
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=3)
    assert second.returncode == 0
    assert state.stat().st_mode & 0o777 == 0o700
    for name in ("merchant.toml", "platform_key.pem", "books.sqlite"):
        assert os.stat(state / name).st_mode & 0o777 == 0o600


def test_the_merchant_file_has_the_agreed_shape(sandbox: RunningSandbox) -> None:
    told_file = tomllib.loads(sandbox.merchant_file.read_text())
    account = told_file["merchant_account"]
    assert list(account) == [
        *("provider", "mode", "mchid", "appid", "cert_serial_no", "apiv3_key"),
        *("private_key", "public_key_id", "public_key"),
    ]
    assert len(account["apiv3_key"]) == 32
    assert account["private_key"].startswith("-----BEGIN PRIVATE KEY-----\n")
    assert [app["kind"] for app in told_file["wechat_app"]] == ["mini_program", "official_account"]
    assert account["appid"] == told_file["wechat_app"][0]["appid"]


def test_the_page_shows_an_order_and_its_buttons_work(sandbox: RunningSandbox, pay: Any, number: str) -> None:
    place(pay, number)
    html = urllib3.request("GET", sandbox.url).data.decode()
    assert number in html
    assert not re.search(r'(src|href)="https?:', html)
    pressed = urllib3.request(
        "POST", f"{sandbox.url}/_control/pay/{number}", fields={"mode": "silent", "delay": ""}, redirect=False
    )
    assert pressed.status == 303
    assert told(pay.query(out_trade_no=number))[1]["trade_state"] == "SUCCESS"
    again = urllib3.request("POST", f"{sandbox.url}/_control/pay/{number}", fields={"mode": "normal"})
    assert "未执行" in again.data.decode()


def columns(text: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    lines = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    rows = [dict(zip(lines[0], (cell.removeprefix("`") for cell in line), strict=True)) for line in lines[1:-2]]
    return rows, dict(zip(lines[-2], (cell.removeprefix("`") for cell in lines[-1]), strict=True))


def test_bills_hold_every_payment_and_refund_and_add_up(tmp_path: Path, number: str) -> None:
    with RunningSandbox(tmp_path / "state", time_scale=1000) as sandbox:
        pay = pay_client(sandbox)
        today = day_of(system_clock()).isoformat()
        assert told(pay.trade_bill(today))[1]["code"] == "PARAM_ERROR"
        assert told(pay.trade_bill("2020-01-01"))[1]["code"] == "NO_STATEMENT_EXIST"
        place(pay, number)
        sandbox.control(f"pay/{number}", {"mode": "silent"})
        pay.refund(f"R{number}", {"refund": 250, "total": 1250, "currency": "CNY"}, out_trade_no=number)
        sandbox.control("switches", {"bills_at_once": True})
        link = told(pay.trade_bill(today))[1]
        text = gzip.decompress(pay.download_bill(link["download_url"])[1])
        assert hashlib.sha1(text).hexdigest() == link["hash_value"]
        rows, totals = columns(text.decode())
        assert [(row["交易状态"], row["订单金额"], row["退款金额"]) for row in rows] == [
            ("SUCCESS", "12.50", "0.00"),
            ("REFUND", "0.00", "2.50"),
        ]
        assert (totals["订单总金额"], totals["退款总金额"]) == ("12.50", "2.50")
        link = told(pay.fundflow_bill(today))[1]
        rows, totals = columns(gzip.decompress(pay.download_bill(link["download_url"])[1]).decode())
        assert (totals["资金流水总笔数"], len(rows)) == ("3.0", 3)
        books = sandbox.control("books")["merchants"][0]
        assert rows[-1]["账户结余(元)"] == f"{books['net_fen'] / 100:.2f}"


def test_one_seed_gives_one_history(sandbox: RunningSandbox) -> None:
    def history(keys: Keys) -> list[str]:
        now = [1_800_000_000.0]
        world = World(Books(), keys, clock=lambda: now[0], entropy=random.Random(7), time_scale=1)
        seen: list[str] = []

        def poster(url: str, headers: dict[str, str], body: bytes) -> int:
            seen.append(json.dumps([url, headers, body.decode()]))
            return 500

        order = {"mchid": keys.mchid, "appid": keys.apps[0].appid, "out_trade_no": "SEEDED1", "description": "x"}
        order |= {"notify_url": "http://merchant/told"}
        place_order(world, "JSAPI", {**order, "amount": {"total": 1}, "payer": {"openid": "o"}})
        pay_order(world, "SEEDED1", Wish())
        courier = Courier(world, poster)
        while (due := world.books.callbacks.next_due()) is not None:
            now[0] = max(now[0], due)
            courier.deliver_due()
        assert now[0] - 1_800_000_000 == 86_640
        assert create_app(world).test_client().get("/_control/deliveries").get_json()[0]["attempt"] == 16
        return seen

    first = history(sandbox.keys)
    assert len(first) == 16
    assert first == history(sandbox.keys)
