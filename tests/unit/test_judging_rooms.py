"""When a tile of the room wall grows old although its meters say nothing new."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.admin.wall.judging_rooms import Said, stands_until, tile_of
from meter_bridge.protocol import CreditUnit, SupplyState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLACE = (1, "301", 1, "A座", "3", None)
SECONDS = st.integers(0, 4 * 86_400)
SAID = st.builds(
    Said,
    number=st.just("D000001"),
    supply=st.sampled_from([None, *SupplyState]),
    credit=st.none() | st.integers(-1000, 30_000),
    unit=st.sampled_from(CreditUnit),
    read_at=st.none() | SECONDS.map(lambda age: NOON - timedelta(seconds=age)),
    silent_after=st.sampled_from([timedelta(minutes=5), timedelta(minutes=47), timedelta(hours=25)]),
    gateway=st.sampled_from([None, True, False]),
    frozen=st.booleans(),
)


@given(said=st.lists(SAID, max_size=3), later=st.integers(0, 5 * 86_400))
def test_a_tile_stands_until_it_is_said_to_grow_old(said: list[Said], later: int) -> None:
    until, then = stands_until(said, NOON), NOON + timedelta(seconds=later)
    if until is None or then < until:
        assert tile_of(PLACE, said, now=then, low_fen=2000) == tile_of(PLACE, said, now=NOON, low_fen=2000)


@given(one=SAID)
def test_the_tile_of_a_meter_that_was_read_looks_otherwise_when_it_grew_old(one: Said) -> None:
    until = stands_until([one], NOON)
    assert (until is None) == (one.read_at is None)
    if until is not None:
        behind = until + timedelta(seconds=1)
        assert tile_of(PLACE, [one], now=behind, low_fen=2000) != tile_of(PLACE, [one], now=NOON, low_fen=2000)
