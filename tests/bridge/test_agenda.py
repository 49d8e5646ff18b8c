"""What a line does next."""

import random

from meter_bridge.agenda import LONGEST_PAUSE, Agenda
from meter_bridge.protocol import CommandKind, MeterPlace, Phase, Work
from tests.bridge.fake_backend import reference


def place(name: str, poll_seconds: float = 60.0) -> MeterPlace:
    return MeterPlace(meter=reference(name), unit=1, serial="1", profile="p", poll_seconds=poll_seconds)


def work(name: str, kind: CommandKind) -> Work:
    return Work(
        command=reference(name), meter=reference("m"), line=reference("l"), fence=1, kind=kind, phase=Phase.DELIVER,
        request_id="r",
    )  # fmt: skip


def planned(*places: MeterPlace) -> Agenda:
    agenda = Agenda(random.Random(1))
    agenda.plan(list(places), now=0.0)
    return agenda


def test_money_and_relays_come_before_values_and_values_before_polls() -> None:
    agenda = planned(place("a"))
    works = [work("r", CommandKind.READ_NOW), work("t", CommandKind.TOP_UP), work("o", CommandKind.OPEN_BREAKER)]
    for todo in works:
        agenda.put(todo)
    assert [agenda.next(0.0) for _ in range(4)] == [works[1], works[2], works[0], place("a")]


def test_the_meter_waiting_longest_is_polled_first_and_then_waits_its_time() -> None:
    agenda = planned(place("a"), place("b", 30.0))
    assert agenda.next(1.0) == place("a")
    agenda.answered(reference("a"), 1.0)
    assert agenda.next(1.0) == place("b", 30.0)
    agenda.answered(reference("b"), 1.0)
    assert agenda.next(1.0) == 29.0


def test_a_line_too_slow_for_its_meters_goes_round_all_of_them() -> None:
    agenda = planned(place("a", 0.1), place("b", 0.1), place("c", 0.1))
    turns = []
    for second in range(9):
        todo = agenda.next(float(second))
        assert isinstance(todo, MeterPlace)
        turns.append(todo.meter)
        agenda.answered(todo.meter, float(second) + 0.9)
    assert all(turns.count(reference(name)) == 3 for name in "abc")


def test_a_silent_meter_is_asked_ever_more_seldom_but_not_never() -> None:
    agenda = planned(place("a", 10.0))
    now, pauses = 0.0, []
    for _ in range(12):
        agenda.silent(reference("a"), now)
        pause = agenda.next(now)
        assert isinstance(pause, float)
        pauses.append(pause)
        now += pause
    assert pauses[0] < pauses[2] < pauses[4]
    assert max(pauses) <= LONGEST_PAUSE * 1.2
    assert len(set(pauses)) == len(pauses)
    agenda.answered(reference("a"), now)
    assert agenda.misses(reference("a")) == 0


def test_a_gateway_that_is_down_is_not_blamed_on_the_meters() -> None:
    agenda = planned(place("a"), place("b"))
    pauses = []
    for _ in range(8):
        agenda.line_down(0.0)
        pause = agenda.next(0.0)
        assert isinstance(pause, float)
        pauses.append(pause)
    assert pauses[0] <= 1.2 < pauses[3] <= 36.0 >= pauses[-1]
    assert agenda.misses(reference("a")) == 0
    agenda.put(work("t", CommandKind.TOP_UP))
    assert isinstance(agenda.next(0.0), Work)


def test_a_new_plan_keeps_what_is_known_and_forgets_who_left() -> None:
    agenda = planned(place("a"), place("b"))
    agenda.answered(reference("a"), 0.0)
    agenda.plan([place("a"), place("c")], now=5.0)
    assert agenda.next(5.0) == place("c")
    agenda.answered(reference("c"), 5.0)
    agenda.silent(reference("b"), 5.0)
    agenda.answered(reference("b"), 5.0)
    assert agenda.misses(reference("b")) == 0
    assert agenda.next(5.0) == 55.0


def test_without_meters_there_is_nothing_to_do() -> None:
    assert planned().next(0.0) == LONGEST_PAUSE
