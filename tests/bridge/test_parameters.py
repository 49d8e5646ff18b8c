"""What a bridge does with a parameter: read first, written under an order only, told by what is read back."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from meter_bridge.agenda import Agenda, Instant
from meter_bridge.protocol import (
    CommandKind,
    CommandState,
    Order,
    ParameterCode,
    ParameterSetting,
    Phase,
    Work,
    WriteResult,
)
from meter_bridge.simulator.meter import Meter
from tests.bridge.bench import PROFILES, Bench, bench
from tests.bridge.test_top_up import EXCHANGES, FAULTS
from tests.bridge.virtual_time import run_virtually

CAS, DLT645 = "reference_cas", "dlt645_2007"
WRITE, OVERDRAFT = CommandKind.WRITE_PARAMETER, ParameterCode.OVERDRAFT_LIMIT
WANTED = ParameterSetting(code=OVERDRAFT, value=5_000)
DAYS = ParameterSetting.model_validate(
    {"code": "day_schedules", "value": [[[0, "valley"], [480, "peak"]], [[0, "flat"]]]}
)
REFUSED = [
    {"parameter": WANTED.model_copy(update={"value": 5_001})},
    {"parameter": None},
    {"parameter": DAYS},
    {"kind": CommandKind.TOP_UP, "amount": 100},
]


def told(tmp_path: Path, story: Callable[[Bench], Awaitable[None]], kind: str = "rtu_over_tcp") -> None:
    async def whole() -> None:
        async with bench(tmp_path, kind) as made:
            await story(made)

    run_virtually(whole())


def watched(meter: Meter) -> list[int]:
    """Return the addresses that parameters are written to from now on."""
    seen: list[int] = []
    take = meter.parameters.take

    def noted(address: int, content: list[int]) -> bool | None:
        seen.append(address)
        return take(address, content)

    meter.parameters.take = noted  # type: ignore[method-assign]
    return seen


@pytest.mark.parametrize("profile", [CAS, DLT645])
@pytest.mark.parametrize("setting", [WANTED, DAYS], ids=["a_number", "tables"])
def test_a_parameter_is_read_written_once_and_read_back(
    tmp_path: Path, profile: str, setting: ParameterSetting
) -> None:
    async def story(made: Bench) -> None:
        writes = watched(made.meter(profile))
        command = made.backend.order(made.places[profile], WRITE, parameter=setting)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert made.meter(profile).parameters.value(setting.code) == setting.value
        assert len(writes) == len(set(writes))
        assert command.order is not None
        before, outcome = command.order.before.parameters or {}, command.outcomes[-1]
        assert before[setting.code] != setting.value
        assert outcome.write is WriteResult.ACKNOWLEDGED
        assert outcome.after is not None
        assert outcome.after.parameters == {setting.code: setting.value}

    told(tmp_path, story)


def test_what_a_meter_holds_already_is_not_written(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        seen = watched(made.meter(CAS))
        first, second = (made.backend.order(made.places[CAS], WRITE, parameter=WANTED) for _ in range(2))
        assert await made.backend.settled(first) is await made.backend.settled(second) is CommandState.CONFIRMED
        assert len(seen) == 1
        assert second.outcomes[-1].write is WriteResult.NONE
        assert second.order is None

    told(tmp_path, story)


@pytest.mark.parametrize("changes", REFUSED, ids=["value", "none", "code", "kind"])
def test_an_order_for_another_parameter_is_not_written(tmp_path: Path, changes: dict[str, object]) -> None:
    async def story(made: Bench) -> None:
        writes = watched(made.meter(CAS))
        made.backend.tamper = lambda order: Order.model_validate(dict(order) | changes)
        command = made.backend.order(made.places[CAS], WRITE, parameter=WANTED)
        while not command.outcomes:
            await made.clock.sleep(0.1)
        assert command.outcomes[0].write is WriteResult.NONE
        assert writes == []

    told(tmp_path, story)


def test_a_value_that_the_meter_cannot_hold_is_not_written(tmp_path: Path) -> None:
    place = PROFILES[CAS].parameters.overdraft_limit
    assert place is not None
    much = ParameterSetting(code=OVERDRAFT, value=place.most + 1)

    async def story(made: Bench) -> None:
        writes = watched(made.meter(CAS))
        command = made.backend.order(made.places[CAS], WRITE, parameter=much)
        while not command.outcomes:
            await made.clock.sleep(0.1)
        assert command.outcomes[0].write is WriteResult.NONE
        assert writes == []

    told(tmp_path, story)


def test_a_meter_that_refuses_is_believed_and_not_asked_again(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.fault("exception", on="write", unit=made.places[CAS].unit, code=3)
        command = made.backend.order(made.places[CAS], WRITE, parameter=WANTED)
        assert await made.backend.settled(command) is CommandState.REFUSED
        assert (command.outcomes[-1].write, command.outcomes[-1].exception) == (WriteResult.REFUSED, 3)
        assert made.meter(CAS).parameters.value(OVERDRAFT) == 0

    told(tmp_path, story)


@pytest.mark.parametrize(("on", "skip"), EXCHANGES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("profile", [CAS, DLT645])
def test_a_parameter_ends_as_it_is_wanted_whatever_happens_on_the_line(
    tmp_path: Path, profile: str, on: str, skip: int, fault: str
) -> None:
    async def story(made: Bench) -> None:
        made.fault(fault, on=on, unit=made.places[profile].unit, skip=skip)
        command = made.backend.order(made.places[profile], WRITE, parameter=DAYS)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert made.meter(profile).parameters.value(DAYS.code) == DAYS.value
        assert not made.site.faults.waiting

    told(tmp_path, story)


def test_a_write_whose_answer_is_lost_is_looked_at_before_anything_is_written_again(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        writes = watched(made.meter(CAS))
        made.fault("drop_reply", on="write", unit=made.places[CAS].unit)
        command = made.backend.order(made.places[CAS], WRITE, parameter=WANTED)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert command.outcomes[-1].write is WriteResult.UNANSWERED
        assert len(writes) == 1

    told(tmp_path, story)


def test_a_verification_reads_the_parameter_and_writes_nothing(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        writes = watched(made.meter(CAS))
        command = made.backend.order(made.places[CAS], WRITE, parameter=WANTED)
        command.phase = Phase.VERIFY
        while not command.outcomes:
            await made.clock.sleep(0.1)
        first = command.outcomes[0]
        assert first.write is WriteResult.UNSEEN
        assert first.after is not None
        assert first.after.parameters == {OVERDRAFT: 0}
        assert writes == []

    told(tmp_path, story)


@pytest.mark.parametrize("profile", [CAS, DLT645])
def test_all_parameters_are_read_without_an_intent(tmp_path: Path, profile: str) -> None:
    async def story(made: Bench) -> None:
        command = made.backend.order(made.places[profile], CommandKind.READ_PARAMETERS)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        after = command.outcomes[-1].after
        assert after is not None
        assert list(after.parameters or {}) == list(PROFILES[profile].parameters.places)
        assert "intent" not in made.backend.calls

    told(tmp_path, story)


def test_money_and_whoever_waits_go_before_parameters() -> None:
    kinds = [CommandKind.READ_PARAMETERS, WRITE, CommandKind.READ_NOW, CommandKind.SYNC_CLOCK, CommandKind.TOP_UP]
    agenda = Agenda(random.Random(1))
    for number, kind in enumerate(kinds):
        reference = f"C{number:025}"
        agenda.put(
            Work(
                command=reference, meter=reference, line=reference, fence=1, kind=kind, phase=Phase.DELIVER,
                request_id="",
            )
        )  # fmt: skip
    done = [agenda.next(Instant(0.0, 0.0)) for _ in kinds]
    assert [work.kind for work in done if isinstance(work, Work)] == [
        CommandKind.SYNC_CLOCK, CommandKind.TOP_UP, CommandKind.READ_NOW, CommandKind.READ_PARAMETERS, WRITE,
    ]  # fmt: skip
