"""What a bridge does with money when things go wrong. The meter and the backend agree in the end, once."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from meter_bridge.line import line_kinds
from meter_bridge.protocol import CommandKind, CommandState, Evidence, Order, Phase, WriteResult
from tests.bridge.bench import START_BALANCE, Bench, bench
from tests.bridge.virtual_time import START, run_virtually

CAS, BLIND = "reference_cas", "reference_additive"
AMOUNT = 5_000

Story = Callable[[Bench], Awaitable[None]]


def told(tmp_path: Path, story: Story, kind: str = "modbus_tcp") -> None:
    async def whole() -> None:
        async with bench(tmp_path, kind) as made:
            await story(made)

    run_virtually(whole())


FAULTS = [
    "drop_request", "drop_reply", "delay_request", "delay_reply", "duplicate_request", "duplicate_reply", "garble",
    "wrong_unit", "stale_reply", "false_echo", "power_loss", "gateway_down",
]  # fmt: skip

EXCHANGES = [("read", 0), ("read", 1), ("read", 2), ("write", 0)]  # a poll, before, after; the write


@pytest.mark.parametrize("kind", sorted(line_kinds().keys() - {"serial"}))
@pytest.mark.parametrize(("on", "skip"), EXCHANGES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_counted_top_up_is_credited_once_whatever_happens_on_the_line(
    tmp_path: Path, kind: str, on: str, skip: int, fault: str
) -> None:
    async def story(made: Bench) -> None:
        made.fault(fault, on=on, unit=made.places[CAS].unit, skip=skip)
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, AMOUNT)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert made.meter(CAS).balance == START_BALANCE + AMOUNT
        assert made.meter(CAS).purchase_count == 1
        assert not made.site.faults.waiting

    told(tmp_path, story, kind)


@pytest.mark.parametrize("kind", sorted(line_kinds().keys() - {"serial"}))
@pytest.mark.parametrize(("on", "skip"), EXCHANGES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_blind_top_up_is_never_written_twice_nor_confirmed_without_credit(
    tmp_path: Path, kind: str, on: str, skip: int, fault: str
) -> None:
    async def story(made: Bench) -> None:
        made.fault(fault, on=on, unit=made.places[BLIND].unit, skip=skip)
        command = made.backend.order(made.places[BLIND], CommandKind.TOP_UP, AMOUNT)
        state = await made.backend.settled(command)
        gained = made.meter(BLIND).balance - START_BALANCE
        if state is CommandState.CONFIRMED:
            assert gained == AMOUNT
        else:
            assert state is CommandState.HELD
        by_gateway = 2 if fault == "duplicate_request" and on == "write" else 1
        assert made.meter(BLIND).purchase_count <= by_gateway
        assert not made.site.faults.waiting

    told(tmp_path, story, kind)


@pytest.mark.parametrize(("ct_ratio", "state"), [(40, CommandState.CONFIRMED), (1, CommandState.HELD)])
def test_credit_may_fall_as_fast_as_behind_transformers_of_a_ratio(
    tmp_path: Path, ct_ratio: int, state: CommandState
) -> None:
    """What is used between the write and a late read-back is much, and believed only where so much can flow."""

    async def story() -> None:
        async with bench(tmp_path, power_w=480_000, price_fen_per_kwh=300, ct_ratio=ct_ratio) as made:
            made.fault("drop_reply", on="write", unit=made.places[CAS].unit)
            command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, AMOUNT)
            assert await made.backend.settled(command) is state

    run_virtually(story())


def test_a_lost_write_to_a_blind_meter_is_held_for_a_person(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.fault("drop_request", on="write")
        command = made.backend.order(made.places[BLIND], CommandKind.TOP_UP, AMOUNT)
        assert await made.backend.settled(command) is CommandState.HELD
        assert made.meter(BLIND).balance == START_BALANCE
        assert command.outcomes[-1].write is WriteResult.UNANSWERED

    told(tmp_path, story)


@pytest.mark.parametrize("code", [1, 2, 3])
def test_a_refusal_by_the_meter_is_told_as_such_and_not_repeated(tmp_path: Path, code: int) -> None:
    async def story(made: Bench) -> None:
        made.fault("exception", on="write", code=code, times=0)
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, AMOUNT)
        assert await made.backend.settled(command) is CommandState.REFUSED
        assert [(told.write, told.exception) for told in command.outcomes] == [(WriteResult.REFUSED, code)]

    told(tmp_path, story)


@pytest.mark.parametrize("code", [4, 5, 6, 0x0A, 0x0B])
def test_an_ambiguous_exception_is_settled_by_the_counter(tmp_path: Path, code: int) -> None:
    async def story(made: Bench) -> None:
        made.fault("exception", on="write", code=code)
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, AMOUNT)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert made.meter(CAS).purchase_count == 1

    told(tmp_path, story)


def test_the_reply_of_an_intent_may_be_lost(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.backend.faults["intent"].append("unheard")
        command = made.backend.order(made.places[BLIND], CommandKind.TOP_UP, AMOUNT)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert [outcome.write for outcome in command.outcomes] == [WriteResult.NONE, WriteResult.ACKNOWLEDGED]
        assert made.meter(BLIND).purchase_count == 1

    told(tmp_path, story)


def test_an_intent_nobody_answers_is_given_up_without_a_write(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.backend.faults["intent"].extend(["unheard", "lost", "lost"])
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, AMOUNT)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert command.outcomes[0].write is WriteResult.NONE
        assert made.meter(CAS).purchase_count == 1

    told(tmp_path, story)


@pytest.mark.parametrize("code", ["stale_fence", "not_leased", "held", "meter_frozen", "already_settled"])
def test_a_refused_intent_is_dropped_without_a_write(tmp_path: Path, code: str) -> None:
    async def story(made: Bench) -> None:
        made.backend.faults["intent"].append(code)
        command = made.backend.order(made.places[BLIND], CommandKind.TOP_UP, AMOUNT)
        assert await made.backend.settled(command) is CommandState.CONFIRMED  # handed out again, then done
        assert len(command.outcomes) == 1
        assert made.meter(BLIND).purchase_count == 1

    told(tmp_path, story)


@pytest.mark.parametrize(("late", "writes"), [(29.0, 1), (29.75, 0)])
def test_a_bridge_past_its_deadline_does_not_write(tmp_path: Path, late: float, writes: int) -> None:
    """The deadline: 30 s of lease from when the intent was sent, less the longest exchange of 0.3 s."""

    async def story(made: Bench) -> None:
        made.backend.delays["intent"] = late
        command = made.backend.order(made.places[BLIND], CommandKind.TOP_UP, AMOUNT)
        while not command.outcomes:
            await made.clock.sleep(0.1)
        assert made.meter(BLIND).purchase_count == writes
        assert command.outcomes[0].write is (WriteResult.ACKNOWLEDGED if writes else WriteResult.NONE)

    told(tmp_path, story)


def test_a_counted_write_is_not_repeated_past_the_deadline(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.backend.delays["intent"] = 29.5
        made.fault("drop_request", on="write")
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, AMOUNT)
        while not command.outcomes:
            await made.clock.sleep(0.1)
        after = command.outcomes[0].after
        assert after is not None
        assert (command.outcomes[0].write, after.purchase_count) == (WriteResult.UNANSWERED, 0)

    told(tmp_path, story)


def test_a_line_given_away_is_not_written_to(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.backend.delays["intent"] = 12.0
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, AMOUNT)
        await made.clock.sleep(1.0)
        made.backend.take_line(command.line)
        await made.clock.sleep(30.0)
        assert made.meter(CAS).purchase_count == 0
        assert [(told.write, told.after) for told in command.outcomes] == [(WriteResult.NONE, None)]

    told(tmp_path, story)


def test_a_verification_reads_and_never_writes(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.fault("power_loss", on="write", seconds=20.0)
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, AMOUNT)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert command.outcomes[0].write is WriteResult.UNANSWERED
        assert {outcome.write for outcome in command.outcomes[1:]} == {WriteResult.UNSEEN}
        assert made.meter(CAS).purchase_count == 1

    told(tmp_path, story)


def test_a_verification_of_a_write_that_never_happened_writes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path, start=False) as made:
            place = made.places[BLIND]
            command = made.backend.order(place, CommandKind.TOP_UP, AMOUNT)
            before = Evidence(read_at=START, serial=place.serial, balance=START_BALANCE)
            command.order = Order(
                command=command.id, meter=place.meter, serial=place.serial, line=command.line, fence=1,
                kind=command.kind, purchase_no=None, amount=AMOUNT, before=before, request_id="r", expires_at=START,
            )  # fmt: skip
            command.phase, command.state = Phase.VERIFY, CommandState.UNKNOWN
            made.start()
            assert await made.backend.settled(command) is CommandState.HELD
            assert [outcome.write for outcome in command.outcomes] == [WriteResult.UNSEEN]
            assert made.meter(BLIND).purchase_count == 0

    run_virtually(story())


@pytest.mark.parametrize("same", [True, False])
def test_a_new_caller_is_read_before_it_is_written_to(tmp_path: Path, same: bool) -> None:
    """Whoever calls between the reading and the write may have another meter behind it."""

    async def story(made: Bench) -> None:
        def another_call(order: Order) -> Order:
            made.wire.listening["line"][-1].close()
            if not same:
                made.meter(CAS).serial = "000000009999"
            return order

        made.backend.tamper = another_call
        made.backend.order(made.places[CAS], CommandKind.TOP_UP, AMOUNT)
        await asyncio.sleep(30)
        assert made.meter(CAS).purchase_count == int(same)

    told(tmp_path, story, "dial_in")
