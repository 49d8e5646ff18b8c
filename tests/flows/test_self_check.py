"""The self-check finds every kind of broken row, stops money to the meter it touches, and nothing else."""

from threading import Barrier, Thread
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text, update

from backend.accounts.models import LedgerAccount, LedgerKind
from backend.cli import prove as prove_command
from backend.kernel.db import Session
from backend.metering.commands.deciding import unfreeze
from backend.metering.evidence import LARGEST
from backend.metering.models import Meter
from backend.proving.checking import PROOFS, is_due, prove
from backend.proving.models import Duty
from backend.proving.proof import Proof
from backend.proving.receipt_proofs import RECEIPT_PROOFS
from backend.runtime import Runtime
from backend.vending.models import OrderState
from tests import park
from tests.flows.bridge_world import START
from tests.flows.town import Town


@pytest.fixture
def town(runtime: Runtime, superuser: Engine) -> Town:
    """A park with money in every place."""
    return Town(runtime, superuser)


COUNTING, RELAY, NONE = {"M1"}, {"M3"}, set[str]()
OPEN = "meter_id = :meter AND state IN ('queued', 'leased')"
CONFIRMED = "meter_id = :meter AND state = 'confirmed'"
SENT = "SELECT id FROM ledger_account WHERE kind = 'in_transit' AND subject_id IN (SELECT id FROM meter_command WHERE "
UNSIGNED = """
INSERT INTO approval (organisation_id, kind, facts, reason, state, asked_by, asked_at, expires_at, decided_by)
SELECT max(id), 'opening_balances', jsonb_build_object('credit_fen', 1, 'debt_fen', 0), '', 'used', 1, now(), now(), 2
FROM organisation
"""
# For each proof: what is broken by hand, and the meters it touches.
BREAKS: dict[str, tuple[str, set[str]]] = {
    "ledger_zero_sum": (
        f"UPDATE ledger_transfer SET credit_id = 999999 WHERE credit_id IN ({SENT}{OPEN}))",
        COUNTING,
    ),
    "movement_two_sides": (
        f"UPDATE ledger_transfer SET debit_id = 999999 WHERE credit_id IN ({SENT}{OPEN}))",
        COUNTING,
    ),
    "wallet_cached": ("UPDATE account SET wallet_fen = wallet_fen + 1 WHERE id = :account", RELAY),
    "opening_signed": (UNSIGNED, NONE),
    "receipt_applied": (
        "UPDATE receipt_fate SET disposition = 'applied' WHERE disposition = 'unknown_order'",
        NONE,
    ),
    "receipt_unapplied": (
        "UPDATE ledger_transfer SET amount_fen = amount_fen - 1 WHERE reason = 'unapplied'",
        NONE,
    ),
    "clearing_receipt": (
        f"UPDATE ledger_transfer SET idempotency_key = 'x' WHERE credit_id IN ({SENT}{OPEN}))",
        COUNTING,
    ),
    "in_transit": (
        f"UPDATE ledger_transfer SET amount_fen = amount_fen + 1 WHERE credit_id IN ({SENT}{OPEN}))",
        COUNTING,
    ),
    "in_meter": (
        f"UPDATE ledger_transfer SET amount_fen = amount_fen + 1 WHERE debit_id IN ({SENT}{CONFIRMED}))",
        COUNTING,
    ),
    "order_command": ("UPDATE credit_order SET amount_fen = 1 WHERE meter_id = :meter AND state = 'paid'", COUNTING),
    "in_transit_age": (f"UPDATE meter_command SET queued_at = queued_at - interval '2 hours' WHERE {OPEN}", NONE),
    "purchase_numbers": (f"UPDATE meter_command SET purchase_no = 9 WHERE {CONFIRMED} AND purchase_no = 2", COUNTING),
    "meter_count": ("UPDATE meter_status SET purchase_count = 3 WHERE meter_id = :meter", COUNTING),
    "meter_cumulative": (
        f"UPDATE meter_command SET after = after || '{{\"cumulative\": 3001}}' WHERE {CONFIRMED} AND purchase_no = 2",
        COUNTING,
    ),
}


def test_every_proof_has_a_row_broken_by_hand() -> None:
    assert set(BREAKS) == {proof.name for proof in PROOFS}


def test_money_that_is_where_it_belongs_raises_no_alarm(town: Town) -> None:
    assert (town.check(), town.alarms(), town.frozen()) == (0, {}, set())


@pytest.mark.parametrize("proof", BREAKS)
def test_a_row_broken_by_hand_is_found_and_stops_its_meter_alone(town: Town, proof: str) -> None:
    statement, touched = BREAKS[proof]
    town.break_by_hand(statement)
    assert town.check() > 0
    assert proof in town.alarms()
    assert town.frozen() == touched
    assert town.state(town.credit(town.known.other, 700)) is OrderState.CREDITED
    handed_out = {work.meter for work in town.bridge.claim()}
    assert (town.known.counting.meter.reference in handed_out) == (touched != COUNTING)


# Money that moves a second time, past every key: from a place of the merchant's into the wallet that is paid from.
AGAIN = """
WITH again AS (
    INSERT INTO ledger_transfer (organisation_id, debit_id, credit_id, amount_fen, group_key, reason, idempotency_key,
                                 occurred_at, recorded_at, booked_on)
    SELECT t.organisation_id, (SELECT id FROM ledger_account WHERE kind = '{source}' AND subject_id = d.subject_id),
           t.credit_id, t.amount_fen, t.group_key, t.reason, {key}, t.occurred_at, t.recorded_at, t.booked_on
    FROM ledger_transfer t
    JOIN ledger_account d ON d.id = t.debit_id AND d.kind = 'clearing'
    JOIN ledger_account c ON c.id = t.credit_id AND c.kind = 'wallet' AND c.subject_id = :account
    RETURNING amount_fen)
UPDATE account SET wallet_fen = wallet_fen + (SELECT sum(amount_fen) FROM again) WHERE id = :account
"""


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("clearing", "'by hand'"),
        ("clearing", "replace(t.idempotency_key, 'receipt:', 'receipt:0')"),
        ("unapplied", "'by hand'"),
        ("unapplied", "replace(t.idempotency_key, 'receipt:', 'receipt:0')"),
    ],
)
def test_money_that_came_once_and_is_moved_twice_is_found(town: Town, source: str, key: str) -> None:
    town.break_by_hand(AGAIN.format(source=source, key=key))
    assert town.check() == 1
    assert set(town.alarms()) == {"clearing_receipt"}


@pytest.mark.parametrize(
    ("proof", "statements"),
    [
        (
            "meter_cumulative",
            (
                f"UPDATE meter_command SET before = before || '{{\"cumulative\": {-LARGEST}}}' WHERE {CONFIRMED}",
                f"UPDATE meter_command SET after = after || '{{\"cumulative\": {LARGEST}}}' WHERE {CONFIRMED}",
            ),
        ),
        (
            "purchase_numbers",
            (
                f"UPDATE meter_command SET purchase_no = {-LARGEST} WHERE {CONFIRMED} AND purchase_no = 1",
                f"UPDATE meter_command SET purchase_no = {LARGEST} WHERE {CONFIRMED} AND purchase_no = 2",
            ),
        ),
    ],
)
def test_what_one_meter_says_stops_no_proof_for_the_others(town: Town, proof: str, statements: tuple[str, str]) -> None:
    for statement in statements:
        town.break_by_hand(statement)
    assert town.check() > 0
    assert proof in town.alarms()
    assert town.frozen() == COUNTING


def _compared(node: dict[str, Any]) -> float:
    """Return how many rows a plan looked at and left out, in all of its loops."""
    left_out = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
    return float(left_out * node["Actual Loops"]) + sum(map(_compared, node.get("Plans", ())))


@pytest.mark.parametrize("proof", RECEIPT_PROOFS, ids=lambda proof: proof.name)
def test_no_proof_compares_each_movement_with_each_receipt(town: Town, superuser: Engine, proof: Proof) -> None:
    payments = 40
    for _ in range(payments):
        town.pay(town.known.relay, 100)
        town.take("an order nobody placed", 500)
    with superuser.begin() as connection:
        connection.execute(text("ANALYZE"))

    def looked_at(session: Session) -> float:
        for way in ("seqscan", "hashjoin", "mergejoin"):  # so few rows suit any plan; thousands need an index
            session.execute(text(f"SET LOCAL enable_{way} = off"))
        asked = "EXPLAIN (ANALYZE, FORMAT JSON) " + proof.query
        plans: Any = session.connection().exec_driver_sql(asked, {"long_ago": START}).scalar_one()
        return _compared(plans[0]["Plan"])

    assert town.world.run(looked_at) < 20 * payments


def test_a_finding_is_told_once_and_a_person_is_not_overruled(town: Town) -> None:
    town.break_by_hand("UPDATE meter_status SET purchase_count = 3 WHERE meter_id = :meter")
    assert (town.check(), town.frozen()) == (1, {"M1"})
    meter = town.known.counting.meter
    town.world.run(
        lambda s: unfreeze(s, meter=s.get_one(Meter, meter.id), reason="looked", by="alice", new_epoch=False)
    )
    assert (town.check(), town.frozen(), town.world.topics().count("proof_failed")) == (1, set(), 1)
    town.break_by_hand("UPDATE meter_status SET purchase_count = 4 WHERE meter_id = :meter")
    assert (town.check(), town.frozen(), town.world.topics().count("proof_failed")) == (1, {"M1"}, 2)


def test_the_alarm_says_what_does_not_hold_and_where(town: Town) -> None:
    town.break_by_hand("UPDATE account SET wallet_fen = wallet_fen - 5 WHERE id = :account")
    town.check()
    facts = town.alarms()["wallet_cached"].facts
    assert (facts["cached_fen"], facts["ledger_fen"], facts["account"]) == (2995, 3000, "N3")
    assert facts["meter_ids"] == [town.known.relay.meter.id]


def test_two_tickers_at_once_check_once(town: Town) -> None:
    town.world.run(lambda s: s.execute(update(Duty).values(due_at=START)))
    start, told = Barrier(4), list[bool]()

    def ticker() -> None:
        start.wait()
        told.append(town.runtime.database.run(is_due))

    threads = [Thread(target=ticker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False, False, False, True]
    assert not town.runtime.database.run(is_due)


def test_the_command_prints_what_does_not_hold_and_changes_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prove_command, "opened", lambda: town.runtime)
    before = CliRunner().invoke(prove_command.prove_now)
    assert (before.exit_code, before.output.count("holds  ")) == (0, len(PROOFS))
    town.break_by_hand("UPDATE account SET wallet_fen = wallet_fen - 5 WHERE id = :account")
    ended = CliRunner().invoke(prove_command.prove_now)
    assert (ended.exit_code, town.alarms(), town.frozen()) == (1, {}, set())
    assert "off by -5" in ended.output


def test_a_place_of_another_organisation_breaks_the_sum_of_both(town: Town) -> None:
    other = park.build(town.runtime, name="Dora's park")
    town.world.run(
        lambda s: s.add(
            LedgerAccount(
                organisation_id=other.organisation.id, kind=LedgerKind.WALLET, subject_id=other.relay.account.id
            )
        )
    )
    town.break_by_hand(
        "UPDATE ledger_transfer SET credit_id = (SELECT max(id) FROM ledger_account) WHERE reason = 'unapplied'"
    )
    found = {finding.organisation_id for finding in town.world.run(prove) if finding.proof.name == "ledger_zero_sum"}
    assert found == {town.known.organisation.id, other.organisation.id}
