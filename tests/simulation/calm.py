"""What must come true once no fault strikes any more."""

from collections.abc import Iterator
from itertools import chain

from tests.simulation.facts import UNSETTLED, Facts
from tests.simulation.invariants import Paid


def unsettled(facts: Facts, paid: Paid, now: float, *, are_told: bool) -> str:
    """Return what has not come to rest yet; empty when everything has. are_told: events are told in this seed."""
    told = _events(facts) if are_told else iter(())
    parts = (_orders(facts, paid), _commands_and_receipts(facts), _lines(facts, now), told)
    return next(chain(*parts), "")


def _orders(facts: Facts, paid: Paid) -> Iterator[str]:
    known = {receipt["transaction_no"] for receipt in facts.receipts}
    for order in facts.orders:
        first = next((t for t, (number, _) in paid.amounts.items() if number == order["order_no"]), None)
        if order["state"] == "placed" and first is not None and first not in known:
            yield f"order {order['id']} is paid at the provider, and we do not know"
        if order["state"] == "closed" and paid.payable(order["order_no"]):
            yield f"order {order['id']} is closed, and the provider still takes money for it"
        command = facts.command_of.get(order["command_id"])
        if order["state"] == "paid" and (command is None or command["state"] not in ("refused", "cancelled")):
            yield f"order {order['id']} is paid, its command {command and command['state']}"


def _commands_and_receipts(facts: Facts) -> Iterator[str]:
    for command in facts.commands:
        if command["state"] in UNSETTLED:
            yield f"command {command['id']} ({command['kind']}) is {command['state']}"
    for receipt in facts.receipts:
        if receipt["applied_at"] is None:
            yield f"receipt {receipt['id']} is {receipt['disposition']}"


def _lines(facts: Facts, now: float) -> Iterator[str]:
    for line in facts.rows["lines"]:
        if line["bridge_id"] is None or line["leased_until"] <= now:
            yield f"line {line['id']} is held by nobody"


def _events(facts: Facts) -> Iterator[str]:
    untold = [key for _, key, told in facts.rows["events"] if not told]
    if untold:
        yield f"{len(untold)} events are untold, the first is {untold[0]}"
