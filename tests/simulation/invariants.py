"""The promise of docs/money.md, written once: what must hold after every step, whatever has failed.

Each promise yields a sentence for everything that breaks it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.simulation.facts import IN_FLIGHT, UNSETTLED, Facts, Row

UNFIT = ("late_payment", "second_payment", "wrong_amount", "wrong_merchant", "unknown_order", "pending")


@dataclass
class Paid:
    """What the provider knows: amounts by transaction, and which of them we said we had received."""

    amounts: dict[str, tuple[str, int]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    handed_out: set[str] = field(default_factory=set)
    payable: Callable[[str], bool] = lambda _: False
    took: Callable[[str], None] = lambda _: None
    may_freeze: Callable[[int], bool] = lambda _: True


Promise = Callable[[Facts, Paid], Iterator[str]]


def what_we_acknowledged_is_stored(facts: Facts, paid: Paid) -> Iterator[str]:
    """Whoever is told "received" may forget it: so it must be committed before."""
    known = {receipt["transaction_no"] for receipt in facts.receipts}
    for transaction in sorted(paid.acknowledged - known):
        yield f"payment {transaction} was acknowledged and is not stored"


def only_paid_money_is_received_and_once(facts: Facts, paid: Paid) -> Iterator[str]:
    """A receipt is money the provider really has, under its own amount, one for each transaction."""
    for receipt in facts.receipts:
        true = paid.amounts.get(receipt["transaction_no"])
        if true != (receipt["order_no"], receipt["amount_fen"]):
            yield f"receipt {receipt['id']} says {receipt['amount_fen']} fen, the provider says {true}"
    for transaction, times in Counter(r["transaction_no"] for r in facts.receipts).items():
        if times > 1:
            yield f"payment {transaction} has {times} receipts"


def every_receipt_is_in_one_place(facts: Facts, paid: Paid) -> Iterator[str]:
    """Money received is on its way as an order's, or set aside as unapplied; never both, never neither."""
    moved = Counter({move["idempotency_key"]: move["amount_fen"] for move in facts.rows["transfers"]})
    for receipt in facts.receipts:
        applied, aside = moved[f"receipt:{receipt['id']}:applied"], moved[f"receipt:{receipt['id']}:unapplied"]
        wanted = receipt["amount_fen"]
        at_once = (applied, aside) == (wanted, 0)
        later = (applied, aside) == (wanted, wanted)
        fits = (at_once or later) if receipt["disposition"] == "applied" else (applied, aside) == (0, wanted)
        if not fits:
            yield f"receipt {receipt['id']} ({receipt['disposition']}): applied {applied}, set aside {aside}"
    unapplied = sum(r["amount_fen"] for r in facts.receipts if r["disposition"] in UNFIT)
    received = sum(r["amount_fen"] for r in facts.receipts)
    by_kind: Counter[str] = Counter()
    for (kind, _, _), fen in facts.balances.items():
        by_kind[kind] += fen
    if (by_kind["unapplied"], -by_kind["clearing"]) != (unapplied, received):
        yield f"unapplied {by_kind['unapplied']} of {unapplied}, clearing {-by_kind['clearing']} of {received}"
    if sum(by_kind.values()):
        yield f"the ledger does not sum to zero: {by_kind}"


def an_order_is_paid_by_one_fitting_receipt(facts: Facts, paid: Paid) -> Iterator[str]:
    """Paid and credited orders have one applied receipt of their amount; all others have none."""
    for order in facts.orders:
        amounts = [
            r["amount_fen"]
            for r in facts.receipts
            if r["order_no"] == order["order_no"] and r["disposition"] == "applied"
        ]
        wanted = [order["amount_fen"]] if order["state"] in ("paid", "credited") else []
        if amounts != wanted:
            yield f"order {order['id']} ({order['state']}, {order['amount_fen']} fen) has receipts {amounts}"


def an_orders_money_is_where_its_command_is(facts: Facts, paid: Paid) -> Iterator[str]:
    """In transit while the command is open, in the meter when it is confirmed, refundable when it is refused."""
    for order in facts.orders:
        command = facts.command_of.get(order["command_id"])
        if command is None:
            continue
        amount, state = order["amount_fen"], command["state"]
        on_the_way, refundable = facts.held("in_transit", command["id"]), facts.held("refundable", order["id"])
        wanted = (amount * (state in UNSETTLED), amount * (state in ("refused", "cancelled")))
        if (on_the_way, refundable) != wanted or command["amount"] != amount:
            yield f"order {order['id']} ({state}): in transit {on_the_way}, refundable {refundable} of {amount}"
        if (order["state"] == "credited") != (state == "confirmed"):
            yield f"order {order['id']} is {order['state']} and its command {state}"


def credit_in_meters_is_that_of_orders(facts: Facts, paid: Paid) -> Iterator[str]:
    """What the ledger has in a meter is the sum of confirmed commands of orders; no other command carries money."""
    ours = {order["command_id"] for order in facts.orders}
    in_meters: Counter[tuple[int, int]] = Counter()
    for command in facts.top_ups:
        if command["id"] in ours and command["state"] == "confirmed":
            in_meters[command["meter_id"], command["epoch"] or 0] += command["amount"]
    for (kind, subject, epoch), fen in facts.balances.items():
        if kind == "in_meter" and fen != in_meters[subject, epoch]:
            yield f"the ledger has {fen} in meter {subject}, commands say {in_meters[subject, epoch]}"
    for command in facts.top_ups:
        if command["id"] not in ours and command["state"] not in ("refused", "cancelled"):
            yield f"command {command['id']} carries money of no order"


def wallets_are_what_the_ledger_says(facts: Facts, paid: Paid) -> Iterator[str]:
    """The cached balance of a wallet is the sum of its movements, and those are its credited orders."""
    for account, cached in facts.rows["wallets"].items():
        orders = [o for o in facts.orders if o["account_id"] == int(account) and o["command_id"] is None]
        bought = sum(o["amount_fen"] for o in orders if o["state"] in ("paid", "credited"))
        if not cached == facts.held("wallet", int(account)) == bought:
            yield f"wallet {account}: cached {cached}, ledger {facts.held('wallet', int(account))}, bought {bought}"


def a_meter_took_what_is_confirmed(facts: Facts, paid: Paid) -> Iterator[str]:
    """What a meter itself took is the sum of confirmed commands, and at most the one that is in flight."""
    for meter in facts.meters:
        commands = [c for c in facts.top_ups if c["meter_id"] == meter["id"]]
        confirmed = sum(c["amount"] for c in commands if c["state"] == "confirmed")
        sent = [c["amount"] for c in commands if c["state"] in UNSETTLED and c["sent_at"] is not None]
        taken = facts.standing_of(meter).taken_fen()
        if taken - confirmed not in (0, *sent):
            yield f"meter {meter['unit']} took {taken} fen, confirmed are {confirmed}, in flight {sent}"


def numbers_are_unique_and_without_gap(facts: Facts, paid: Paid) -> Iterator[str]:
    """Within an epoch each purchase number is bound once, and confirmed ones follow each other."""
    bound = Counter((c["meter_id"], c["epoch"], c["purchase_no"]) for c in facts.top_ups if c["purchase_no"])
    for (meter, epoch, number), times in bound.items():
        if times > 1:
            yield f"meter {meter}, epoch {epoch}: number {number} is bound {times} times"
    for meter, epoch in sorted({(meter, epoch or 0) for meter, epoch, _ in bound}):
        numbers = sorted(
            c["purchase_no"]
            for c in facts.top_ups
            if (c["meter_id"], c["epoch"] or 0) == (meter, epoch) and c["state"] == "confirmed" and c["purchase_no"]
        )
        if numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            yield f"meter {meter}, epoch {epoch}: confirmed numbers {numbers} have a gap"


def one_money_command_is_in_flight(facts: Facts, paid: Paid) -> Iterator[str]:
    """A meter works on one purchase at a time; while a person must decide, on none."""
    busy = Counter(c["meter_id"] for c in facts.top_ups if c["state"] in IN_FLIGHT)
    for meter, times in busy.items():
        if times > 1:
            yield f"meter {meter} has {times} money commands in flight"


def money_goes_to_the_meter_we_know(facts: Facts, paid: Paid) -> Iterator[str]:
    """Permission to write is given only over a reading in which the right meter named itself."""
    serials = {meter["id"]: meter["serial"] for meter in facts.meters}
    for command in facts.top_ups:
        named = (command["before"] or {}).get("serial")
        if command["state"] in ("sending", "confirmed") and command["signed"] and named != serials[command["meter_id"]]:
            yield f"command {command['id']} was permitted although the meter said it was {named}"


def what_needs_a_person_raises_an_alarm(facts: Facts, paid: Paid) -> Iterator[str]:
    """Whatever ends or halts has its event in the same transaction."""
    for command in facts.top_ups:
        told = {
            "held": f"command_held:{command['reference']}:{command['attempts']}",
            "refused": f"command_refused:{command['reference']}",
            "confirmed": f"command_confirmed:{command['reference']}",
        }.get(command["state"])
        if told and told not in facts.events:
            yield f"command {command['id']} is {command['state']} and nobody is told"
    for receipt in facts.receipts:
        if receipt["disposition"] != "applied" and f"receipt_unapplied:{receipt['id']}" not in facts.events:
            yield f"receipt {receipt['id']} is {receipt['disposition']} and nobody is told"
    for meter in facts.meters:
        if meter["frozen_reason"] and not any(e.startswith(f"meter_frozen:{meter['reference']}") for e in facts.events):
            yield f"meter {meter['unit']} is frozen and nobody is told"


def only_meddling_freezes_a_meter(facts: Facts, paid: Paid) -> Iterator[str]:
    """No false alarm: a meter that nobody touched, on a line that held nothing back, is not frozen."""
    for meter in facts.meters:
        if meter["frozen_reason"] and not paid.may_freeze(meter["unit"]):
            yield f"meter {meter['unit']} is frozen ({meter['frozen_reason']}) and nobody had touched it"


def what_was_paid_for_waits_for_a_lock(facts: Facts, paid: Paid) -> Iterator[str]:
    """A closing that a payment brought about is never given up because of a lock: it waits until that is off."""
    for command in facts.commands:
        if (command["kind"], command["cause"], command["state"]) == ("close_breaker", "payment", "cancelled"):
            yield f"command {command['id']}, which was paid for, was given up: {command['note']}"


def the_self_check_finds_nothing(facts: Facts, paid: Paid) -> Iterator[str]:
    """The product's own proofs agree with these promises; of a meter that others meddled with they tell the truth.

    Reset and then sold to by others until its count is what we left, it takes our next number as if nothing had been;
    read for a relay after a sale of others, it counts more than we confirmed before its next money finds that out.
    """
    meddled = [meter["id"] for meter in facts.meters if facts.standing_of(meter).foreign_at]
    proofs = ("meter_cumulative", "meter_count")
    true = tuple(f"proof_failed:{proof}:meter {number} " for number in meddled for proof in proofs)
    for name, key, _ in facts.rows["events"]:
        if name == "proof_failed" and not key.startswith(true):
            yield f"the product's own proof failed: {key}"


PROMISES: tuple[Promise, ...] = (
    what_we_acknowledged_is_stored,
    only_paid_money_is_received_and_once,
    every_receipt_is_in_one_place,
    an_order_is_paid_by_one_fitting_receipt,
    an_orders_money_is_where_its_command_is,
    credit_in_meters_is_that_of_orders,
    wallets_are_what_the_ledger_says,
    a_meter_took_what_is_confirmed,
    numbers_are_unique_and_without_gap,
    one_money_command_is_in_flight,
    money_goes_to_the_meter_we_know,
    what_needs_a_person_raises_an_alarm,
    only_meddling_freezes_a_meter,
    what_was_paid_for_waits_for_a_lock,
    the_self_check_finds_nothing,
)


def broken(facts: Facts, paid: Paid) -> str | None:
    """Return the first promise that does not hold, with what breaks it."""
    for promise in PROMISES:
        for sentence in promise(facts, paid):
            return f"{promise.__name__}: {sentence}"
    return None


def newly_permitted(before: Mapping[int, Row], facts: Facts) -> list[Row]:
    """Return the money commands that were given permission to write since an earlier look."""
    return newly_permitted_of(facts.top_ups, before)


def newly_permitted_of(commands: Iterable[Row], before: Mapping[int, Row]) -> list[Row]:
    """Return those of these commands that were given permission to write since an earlier look."""
    return [c for c in commands if c["state"] == "sending" and (before.get(c["id"]) or {}).get("signed") != c["signed"]]
