"""Which command of a meter goes next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.commands.choosing import LANES, MONEY, READ, Situation, is_over, next_of, was_sent
from backend.metering.commands.transitions import wait_after
from meter_bridge.protocol import CommandKind, CommandState

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TOP_UP, CLOSE, OPEN, READ_NOW = (
    CommandKind.TOP_UP,
    CommandKind.CLOSE_BREAKER,
    CommandKind.OPEN_BREAKER,
    CommandKind.READ_NOW,
)
CALM = Situation(fence=3, now=NOW, frozen=False, unfit=False)
LATER = NOW + timedelta(seconds=1)


def command(
    kind: CommandKind = TOP_UP,
    state: CommandState = CommandState.QUEUED,
    fence: int | None = None,
    due: datetime | None = None,
) -> MeterCommand:
    return MeterCommand(kind=kind, state=state, fence=fence, next_attempt_at=due)


def test_the_first_in_the_queue_goes_first() -> None:
    first, second = command(), command()
    assert next_of([first, second], CALM) is first


def test_a_relay_that_waits_lets_no_later_relay_pass_but_a_reading() -> None:
    queue = [command(CLOSE, due=LATER), command(OPEN), command(READ_NOW)]
    assert next_of(queue, CALM) is queue[2]


def test_a_relay_of_unknown_fate_lets_no_later_relay_pass() -> None:
    queue = [command(CLOSE, CommandState.UNKNOWN, 3, LATER), command(OPEN)]
    assert next_of(queue, CALM) is None


def test_readings_do_not_wait_for_each_other() -> None:
    queue = [command(READ_NOW, due=LATER), command(READ_NOW)]
    assert next_of(queue, CALM) is queue[1]


def test_what_is_leased_is_returned_again_before_anything_else() -> None:
    queue = [command(CLOSE), command(TOP_UP, CommandState.LEASED, 3)]
    assert next_of(queue, CALM) is queue[1]


def test_while_a_command_is_written_nothing_else_goes_to_its_meter() -> None:
    assert next_of([command(TOP_UP, CommandState.SENDING, 3, LATER), command(CLOSE)], CALM) is None


@pytest.mark.parametrize("state", [CommandState.SENDING, CommandState.UNKNOWN])
def test_what_was_sent_under_an_earlier_lease_is_read_back_at_once(state: CommandState) -> None:
    sent = command(TOP_UP, state, 2, LATER)
    assert next_of([sent], CALM) is sent


def test_a_frozen_meter_is_still_read_back() -> None:
    frozen = Situation(fence=3, now=NOW, frozen=True, unfit=False)
    sent = command(TOP_UP, CommandState.UNKNOWN, 3, NOW)
    assert next_of([sent, command()], frozen) is sent
    assert next_of([command()], frozen) is None


def test_with_another_profile_not_even_a_reading_back_makes_sense() -> None:
    unfit = Situation(fence=3, now=NOW, frozen=False, unfit=True)
    assert next_of([command(TOP_UP, CommandState.UNKNOWN, 3, NOW)], unfit) is None


def test_only_what_nobody_wrote_can_come_too_late() -> None:
    for state in CommandState:
        late = MeterCommand(kind=CLOSE, state=state, expires_at=NOW)
        assert is_over(late, NOW) is (state in (CommandState.QUEUED, CommandState.LEASED))
    assert not is_over(MeterCommand(kind=CLOSE, state=CommandState.QUEUED, expires_at=LATER), NOW)


queues = st.lists(
    st.builds(
        command,
        st.sampled_from(list(CommandKind)),
        st.sampled_from(UNSETTLED),
        st.sampled_from([None, 2, 3]),
        st.sampled_from([None, NOW, LATER]),
    ),
    max_size=6,
)


@pytest.mark.parametrize("state", [CommandState.SENDING, CommandState.UNKNOWN, CommandState.HELD])
def test_money_waits_for_money_in_flight_even_for_later_money(state: CommandState) -> None:
    assert next_of([command(), command(TOP_UP, state, 3, LATER)], CALM) is None


@settings(max_examples=500)
@given(queues, st.booleans(), st.booleans())
def test_no_queue_whatever_lets_two_money_commands_fly(queue: list[MeterCommand], frozen: bool, unfit: bool) -> None:
    chosen = next_of(queue, Situation(fence=3, now=NOW, frozen=frozen, unfit=unfit))
    if chosen is None or chosen.state is CommandState.LEASED:
        return
    assert chosen.state is not CommandState.HELD
    lane = [c for c in queue if LANES[c.kind] == LANES[chosen.kind] and c is not chosen]
    if LANES[chosen.kind] != READ and not was_sent(chosen):
        assert all(c.state in (CommandState.QUEUED, CommandState.LEASED) for c in lane)
        assert queue.index(chosen) < min((queue.index(c) for c in lane if c.state is CommandState.QUEUED), default=99)
    if LANES[chosen.kind] == MONEY:
        assert not unfit
        assert was_sent(chosen) or not frozen


def test_waits_double_from_five_seconds_to_five_minutes() -> None:
    assert [wait_after(n) for n in (0, 1, 2, 3, 6, 7, 8, 1000)] == [5, 5, 10, 20, 160, 300, 300, 300]
