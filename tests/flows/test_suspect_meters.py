"""A register that stands still under load and a clock that is off are noted once, with their evidence, and settled."""

import pytest
from sqlalchemy import select

from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.causes import CommandCause
from backend.metering.history.models import Reading
from backend.metering.history.settling import UnexplainedError
from backend.metering.history.settling_suspects import count_suspects, settle_suspect, suspects
from backend.metering.history.suspicion_models import SuspectMeter
from backend.runtime import Runtime
from meter_bridge import protocol
from meter_bridge.protocol import CommandKind, Condition, WriteResult
from tests.flows.bridge_world import BridgeWorld, make_world, message, said
from tests.flows.staff_world import TESTER

HOUR = 3600.0


class Story:
    """A meter that tells register, power and clock, and what is noted about it."""

    def __init__(self, bridges: BridgeWorld) -> None:
        self.bridges, self.bridge, self.meter = bridges, bridges.holding(), bridges.counting
        self.scope = Scope(self.meter.organisation_id)

    def tell(self, hours: float, wh: int | None, power_w: int | None = None, *, ahead: float | None = None) -> None:
        """Tell what the meter says so many hours after the start; ahead: of its clock, in seconds."""
        clock = None if ahead is None else said(self.meter, at=hours * HOUR + ahead).read_at
        evidence = said(self.meter, at=hours * HOUR, energy_wh=wh, clock=clock)
        condition = None if power_w is None else Condition(power_w=power_w)
        reading = protocol.Reading(meter=self.meter.reference, evidence=evidence, condition=condition)
        told = protocol.ReadingsRequest(instance=self.bridge.instance, readings=[reading])
        message(protocol.ReadingsReply, self.bridge.post("readings", told))

    def noted(self) -> list[SuspectMeter]:
        """Return what was ever noted."""
        return list(self.bridges.run(lambda s: s.scalars(select(SuspectMeter).order_by(SuspectMeter.id)).all()))

    def waiting(self) -> int:
        """Return how many wait for a person."""
        return int(self.bridges.run(lambda s: count_suspects(s, scope=self.scope)))

    def settle(self, reason: str = "looked", scope: Scope | None = None) -> None:
        """Settle the newest."""
        newest = self.noted()[-1].id
        self.bridges.run(
            lambda s: settle_suspect(s, scope=scope or self.scope, suspect_id=newest, reason=reason, by=TESTER)
        )


@pytest.fixture
def story(runtime: Runtime) -> Story:
    return Story(make_world(runtime))


def test_a_register_that_stands_still_under_load_is_noted_once_with_what_is_missing(story: Story) -> None:
    for hour, power_w in enumerate((2000, 1500, 1800, 2200)):
        story.tell(hour, 5000, power_w)
    [noted] = story.noted()
    assert (noted.suspicion, noted.since) == ("stands_still", said(story.meter).read_at)
    assert (noted.evidence["suggested_wh"], noted.evidence["power_w"]) == (1500 + 1500 + 1800, 2200)
    assert story.bridges.topics() == ["meter_suspected"]
    kept = select(Reading.energy_wh).order_by(Reading.read_at)
    assert list(story.bridges.run(lambda s: s.scalars(kept).all())) == [5000] * 4
    [(meter, _)] = story.bridges.run(lambda s: suspects(s, scope=story.scope, most=5))
    assert meter.id == story.meter.id


@pytest.mark.parametrize(
    "powers",
    [(0, 0, 0, 0), (30, 30, 30, 30), (0, 2000, 0, 2000), (90_000,) * 4, (300, 300)],
    ids=["no load", "less than it need count", "now and then", "more than its breaker passes", "not long"],
)
def test_what_proves_no_missing_energy_is_not_noted(story: Story, powers: tuple[int, ...]) -> None:
    for hour, power_w in enumerate(powers):
        story.tell(hour, 5000, power_w)
    assert story.noted() == []


def test_a_register_that_moves_or_was_long_unseen_or_is_told_late_begins_no_case(story: Story) -> None:
    for hour in range(5):
        story.tell(hour, 5000 + hour, 2000)
    story.tell(20, 5004, 2000)
    story.tell(21, 5004, 900)
    story.tell(20.5, 5004, 2000)
    story.tell(21, 5004, 900)
    assert story.noted() == []


def test_what_is_settled_is_not_noted_again_until_it_moved(story: Story) -> None:
    for hour in range(4):
        story.tell(hour, 5000, 2000)
    story.settle()
    story.tell(4, 5000, 2000)
    assert (len(story.noted()), story.waiting()) == (1, 0)
    for hour in range(5, 9):
        story.tell(hour, 7000, 2000)
    assert (len(story.noted()), story.waiting()) == (2, 1)


def test_a_register_that_moves_again_still_waits_for_staff(story: Story) -> None:
    for hour, wh in enumerate((5000, 5000, 5000, 5900)):
        story.tell(hour, wh, 2000)
    [noted] = story.noted()
    assert noted.passed_at is not None
    assert story.waiting() == 1
    with pytest.raises(UnexplainedError):
        story.settle(reason="")
    for scope in (Scope(story.meter.organisation_id, frozenset({999})), Scope(story.meter.organisation_id + 1)):
        with pytest.raises(NotFoundError):
            story.settle(scope=scope)
    story.settle()
    assert story.waiting() == 0


def test_a_clock_that_is_off_is_noted_once_and_over_when_it_is_right(story: Story) -> None:
    story.tell(0, 5000, ahead=-60)
    assert story.noted() == []
    story.tell(1, 5000, ahead=-600)
    story.tell(2, 5000, ahead=-601)
    [noted] = story.noted()
    assert (noted.suspicion, noted.evidence["ahead_s"]) == ("clock_drift", -601)
    assert story.bridges.topics() == ["meter_suspected"]
    assert story.waiting() == 1
    story.tell(3, 5000, ahead=2)
    assert story.waiting() == 0
    story.tell(4, 5000, ahead=9000)
    assert (len(story.noted()), story.waiting()) == (2, 1)


@pytest.mark.parametrize(("ahead", "waiting"), [(1.0, 0), (-300.0, 1)])
def test_a_clock_that_was_set_and_read_back_is_no_case_any_more_and_one_still_wrong_is(
    story: Story, ahead: float, waiting: int
) -> None:
    story.tell(0, 5000, ahead=-600)
    story.bridges.queue(story.meter, CommandKind.SYNC_CLOCK, cause=CommandCause.STAFF)
    [work] = story.bridge.claim()
    story.bridge.intent(work, said(story.meter, at=HOUR, clock=said(story.meter, at=HOUR - 600).read_at))
    assert story.waiting() == 1
    after = said(story.meter, at=HOUR, clock=said(story.meter, at=HOUR + ahead).read_at)
    story.bridge.outcome(work, WriteResult.ACKNOWLEDGED, after)
    assert story.waiting() == waiting
    assert len(story.noted()) == 1
