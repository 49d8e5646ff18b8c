"""The parts of the drill do what they say: a reckoning that finds nothing must be one that could."""

import socket
import threading
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from backend.payments.models import Receipt
from backend.runtime import Runtime
from sandbox.records import Payment
from tests.chaos import drill, reckoning
from tests.chaos.proxy import Proxy
from tests.chaos.strikes import KINDS, plan
from tests.chaos.town import free_ports
from tests.flows.town import Town


def books(town: Town) -> list[Payment]:
    """Return the provider's payments behind what the product received."""
    receipts = town.world.run(lambda s: s.scalars(select(Receipt)).all())
    return [
        Payment(r.transaction_no, r.order_no, r.mchid, r.appid, "o", r.amount_fen, 0, r.paid_at.timestamp(), "e")
        for r in receipts
    ]


def compared(town: Town, payments: list[Payment]) -> reckoning.Reckoning:
    """Compare these books with the product's."""
    found: reckoning.Reckoning = town.world.run(lambda s: reckoning.compare(s, payments, []))
    return found


@pytest.fixture
def town(runtime: Runtime, superuser: Engine) -> Town:
    """A park with money in every place: one order is paid and not credited, one payment is for no order."""
    return Town(runtime, superuser)


def test_a_payment_that_is_not_credited_is_lost(town: Town) -> None:
    found = compared(town, books(town))
    assert (found.lost, found.doubled, found.orders) == (2, 0, 6)
    assert "in_transit holds 4000, should 0" in found.differences


def test_a_payment_the_product_never_heard_of_is_found(town: Town) -> None:
    known = books(town)
    unheard = Payment("4200", known[0].out_trade_no, "m", "a", "o", 77, 0, 0.0, "e")
    assert "payment 4200 differs: 77 paid, None received" in compared(town, [*known, unheard]).differences


def test_a_receipt_no_payment_stands_behind_is_found(town: Town) -> None:
    first, *others = books(town)
    expected = f"payment {first.transaction_id} differs: None paid, {first.amount} received"
    assert expected in compared(town, others).differences


def test_an_order_applied_twice_is_doubled(town: Town) -> None:
    town.break_by_hand("UPDATE receipt SET order_no = (SELECT min(order_no) FROM receipt) WHERE order_no LIKE '2%'")
    assert compared(town, books(town)).doubled == 1


def test_the_same_seed_strikes_the_same_and_everything_once_before_anything_twice() -> None:
    first = list(islice(plan(7, 1.0), 50))
    assert first == list(islice(plan(7, 1.0), 50))
    assert first != list(islice(plan(8, 1.0), 50))
    assert sorted(strike.kind for strike in first[: len(KINDS)]) == sorted(KINDS)


def test_a_cut_proxy_breaks_what_is_open_and_takes_nothing_new() -> None:
    [near, far] = free_ports(2)
    with socket.create_server(("127.0.0.1", far)) as server:
        threading.Thread(target=_echo, args=(server,), daemon=True).start()
        proxy = Proxy(near, far)
        wire = socket.create_connection(("127.0.0.1", near), 5)
        wire.sendall(b"a")
        assert wire.recv(1) == b"a"
        proxy.refuse(60)
        assert wire.recv(1) == b""
        with socket.create_connection(("127.0.0.1", near), 5) as later:
            assert later.recv(1) == b""
        wire.close()
        proxy.close()


def test_results_are_put_below_the_last_one_and_others_sections_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "drills.md"
    page.write_text("# Drills\n\n## Simulation\n\nours\n")
    monkeypatch.setattr(drill, "PAGE", page)
    drill.append("| 1 |\n")
    page.write_text(page.read_text() + "\n## Restore\n\ntheirs\n")
    drill.append("| 2 |\n")
    text = page.read_text()
    assert text.index("ours") < text.index("## Chaos") < text.index("| 1 |\n| 2 |\n") < text.index("theirs")


def _echo(server: socket.socket) -> None:
    """Give back to the first who connects what they say."""
    wire, _ = server.accept()
    while came := wire.recv(9):
        wire.sendall(came)
