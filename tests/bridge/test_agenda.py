"""What a line does next."""

import random

import pytest

from meter_bridge.agenda import LONGEST_PAUSE, SLOT_SECONDS, Agenda, Instant
from meter_bridge.protocol import CommandKind, MeterPlace, Phase, Work
from meter_bridge.rhythm import Asked, Stretch
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


def at(now: float) -> Instant:
    """Both clocks go alike, and a slot begins with the test."""
    return Instant(now, now)


def asked(agenda: Agenda, now: float) -> Asked:
    todo = agenda.next(at(now))
    assert isinstance(todo, Asked)
    return todo


def answer(agenda: Agenda, now: float) -> str:
    """Let whoever is asked now answer; return who it was."""
    todo = asked(agenda, now)
    agenda.answered(todo, now)
    return todo.place.meter


def all_answer(agenda: Agenda, now: float) -> list[str]:
    """Let everybody answer who is asked now; return who, in turn."""
    turns = []
    while isinstance(agenda.next(at(now)), Asked):
        turns.append(answer(agenda, now))
    return turns


def test_money_and_relays_come_before_values_and_values_before_polls() -> None:
    agenda = planned(place("a"))
    works = [work("r", CommandKind.READ_NOW), work("t", CommandKind.TOP_UP), work("o", CommandKind.OPEN_BREAKER)]
    for todo in works:
        agenda.put(todo)
    assert [agenda.next(at(0.0)) for _ in range(3)] == [works[1], works[2], works[0]]
    assert asked(agenda, 0.0).place == place("a")


def test_the_meter_waiting_longest_is_polled_first_and_then_waits_its_time() -> None:
    agenda = planned(place("a"), place("b", 30.0))
    assert [answer(agenda, 1.0), answer(agenda, 1.0)] == [reference("a"), reference("b")]
    assert agenda.next(at(1.0)) == 29.0


def test_a_line_too_slow_for_its_meters_goes_round_all_of_them() -> None:
    agenda = planned(place("a", 0.1), place("b", 0.1), place("c", 0.1))
    turns = []
    for second in range(9):
        todo = asked(agenda, float(second))
        turns.append(todo.place.meter)
        agenda.answered(todo, second + 0.9)
    assert all(turns.count(reference(name)) == 3 for name in "abc")


def test_registers_are_read_at_once_then_at_the_border_of_each_slot_and_credit_in_between() -> None:
    agenda = planned(place("a"))
    told, now = [], 0.0
    while now < 2 * SLOT_SECONDS + 1:
        todo = agenda.next(at(now))
        if isinstance(todo, Asked):
            told.append((now, todo.slot))
            agenda.answered(todo, now)
        else:
            assert isinstance(todo, float)
            now += todo
    assert [now for now, slot in told if slot is not None] == [0.0, SLOT_SECONDS, 2 * SLOT_SECONDS]
    assert len([now for now, slot in told if slot is None]) == 28


def test_slots_begin_on_the_wall_however_long_the_bridge_runs() -> None:
    agenda = planned(place("a", 600.0))
    wall = 1_700_000_100.0 + 700  # a border lies 200 s ahead
    first = agenda.next(Instant(0.0, wall))
    assert isinstance(first, Asked)
    agenda.answered(first, 0.0)
    assert agenda.next(Instant(0.0, wall)) == 200.0


def test_a_border_comes_before_credit_and_what_is_rare_waits_until_all_were_read() -> None:
    agenda = planned(place("a"), place("b"))
    first = asked(agenda, 0.0)
    assert first.rarely  # a new meter is read whole
    all_answer(agenda, 0.0)
    told = [asked(agenda, 3600.0)]
    agenda.answered(told[0], 3600.0)
    told += [asked(agenda, 3601.0)]
    agenda.answered(told[1], 3601.0)
    told += [asked(agenda, 3661.0)]
    assert [(one.slot, one.rarely) for one in told] == [(4, False), (4, False), (None, True)]


def test_what_is_rare_is_read_even_where_every_poll_is_at_a_border() -> None:
    agenda = planned(place("a", 900.0))
    told = []
    for slot in range(10):
        todo = asked(agenda, slot * 900.0)
        told.append(todo.rarely)
        agenda.answered(todo, slot * 900.0)
    assert [slot for slot, rarely in enumerate(told) if rarely] == [0, 5]


def test_a_silent_meter_is_asked_ever_more_seldom_but_not_never() -> None:
    agenda = planned(place("a", 10.0))
    now, pauses = 0.0, []
    for _ in range(12):
        agenda.silent(asked(agenda, now), now)
        pause = agenda.next(at(now))
        assert isinstance(pause, float)
        pauses.append(pause)
        now += pause
    assert pauses[0] < pauses[2] < pauses[4]
    assert max(pauses) <= LONGEST_PAUSE * 1.2
    assert len(set(pauses)) == len(pauses)
    assert asked(agenda, now).probe
    agenda.answered(asked(agenda, now), now)
    assert agenda.misses(reference("a")) == 0
    assert asked(agenda, now).slot is not None  # it answers: now all of it


def test_silent_meters_take_a_tenth_of_a_busy_line() -> None:
    """Twenty meters that were cut off, two that answer in a tenth of a second and are always due."""
    agenda = planned(*(place(f"s{number}", 1.0) for number in range(20)), place("a", 0.1), place("b", 0.1))
    now, probing = 0.0, 0.0
    while now < 4000:
        todo = asked(agenda, now)
        if todo.place.poll_seconds == 1.0:
            seconds = 2.0 if todo.probe else 4.0
            probing += seconds if todo.probe else 0.0
            now += seconds
            agenda.silent(todo, now, seconds)
        else:
            now += 0.1
            agenda.answered(todo, now)
    assert 0.02 < probing / now <= 0.11


def test_a_line_of_silent_meters_only_asks_them_all() -> None:
    agenda = planned(place("a", 10.0), place("b", 10.0))
    agenda.silent(asked(agenda, 0.0), 2.0, 2.0)
    agenda.silent(asked(agenda, 2.0), 4.0, 2.0)
    pause = agenda.next(at(4.0))
    assert isinstance(pause, float)
    first = asked(agenda, 4.0 + pause)
    agenda.silent(first, 6.0 + pause, 2.0)
    second = asked(agenda, 40.0)
    assert {first.place.meter, second.place.meter} == {reference("a"), reference("b")}


def test_a_gateway_that_is_down_is_not_blamed_on_the_meters() -> None:
    agenda = planned(place("a"), place("b"))
    pauses = []
    for _ in range(8):
        agenda.line_down(0.0)
        pause = agenda.next(at(0.0))
        assert isinstance(pause, float)
        pauses.append(pause)
    assert pauses[0] <= 1.2 < pauses[3] <= 36.0 >= pauses[-1]
    assert agenda.misses(reference("a")) == 0
    agenda.put(work("t", CommandKind.TOP_UP))
    assert isinstance(agenda.next(at(0.0)), Work)


def test_a_new_plan_keeps_what_is_known_and_forgets_who_left() -> None:
    agenda = planned(place("a"), place("b"))
    left = Asked(place("b"))
    all_answer(agenda, 0.0)
    agenda.plan([place("a"), place("c")], now=5.0)
    assert all_answer(agenda, 5.0) == [reference("c")]
    agenda.silent(left, 5.0)
    agenda.answered(left, 5.0)
    assert agenda.misses(reference("b")) == 0
    assert agenda.next(at(5.0)) == 55.0


@pytest.mark.parametrize(
    ("stretch", "credit", "slots", "rare"),
    [(Stretch(), 56, 4, 1), (Stretch(rarely=False), 56, 4, 0), (Stretch(4, 1, rarely=False), 12, 4, 0)],
)
def test_a_stretched_line_reads_credit_seldom_before_it_misses_a_slot(
    stretch: Stretch, credit: int, slots: int, rare: int
) -> None:
    agenda = planned(place("a"))
    all_answer(agenda, 0.0)
    agenda.stretch = stretch
    told, now = list[Asked](), 1.0
    while now < 4 * SLOT_SECONDS + 61:
        todo = agenda.next(at(now))
        if isinstance(todo, Asked):
            told.append(todo)
            agenda.answered(todo, now)
        else:
            assert isinstance(todo, float)
            now += todo
    assert len([one for one in told if one.slot is not None]) == slots
    assert len([one for one in told if one.rarely]) == rare
    assert len([one for one in told if one.slot is None]) == pytest.approx(credit, abs=2)


def test_without_meters_there_is_nothing_to_do() -> None:
    assert planned().next(at(0.0)) == LONGEST_PAUSE
