"""A meter's own clock is told along with what is read rarely."""

from datetime import timedelta
from typing import Any, cast

import pytest

from meter_bridge.driver import Driver
from meter_bridge.line import LineDownError, MeterExceptionError
from meter_bridge.profile_model import Quantity
from meter_bridge.protocol import Evidence
from meter_bridge.read_plan import groups_of
from meter_bridge.told_time import with_clock
from tests.bridge.virtual_time import VirtualClock, run_virtually
from tests.contracts.bridge_bench import PROFILES

CLOCKED = sorted(code for code, profile in PROFILES.items() if profile.clock is not None)


class Telling:
    """A driver whose meter says a time ten minutes late."""

    def __init__(self, clock: VirtualClock, error: Exception | None = None) -> None:
        self.clock, self.error = clock, error

    async def proof(self, *_: Any) -> dict[str, Any]:
        """Tell the time, or fail."""
        if self.error:
            raise self.error
        return {"clock": self.clock.now() - timedelta(minutes=10)}


def _told(profile: str, error: Exception | None = None, *, late: float = 0) -> tuple[Evidence, Evidence]:
    async def story() -> tuple[Evidence, Evidence]:
        clock = VirtualClock()
        before = Evidence(read_at=clock.now() - timedelta(seconds=late), energy_wh=5)
        driver = cast("Driver", Telling(clock, error))
        return before, await with_clock(driver, PROFILES[profile], clock, before)

    return run_virtually(story())


def test_the_clock_is_told_as_it_stood_when_the_evidence_was_read() -> None:
    before, after = _told(CLOCKED[0], late=7)
    assert after == before.model_copy(update={"clock": before.read_at - timedelta(minutes=10)})


def test_a_meter_that_refuses_its_clock_has_told_everything_else() -> None:
    before, after = _told(CLOCKED[0], MeterExceptionError(2, "no such register"))
    assert after == before
    with pytest.raises(LineDownError):
        _told(CLOCKED[0], LineDownError("gone"))


def test_a_model_without_a_clock_is_not_asked() -> None:
    before, after = _told("generic_relay", LineDownError("asked"))
    assert after == before


@pytest.mark.parametrize("code", sorted(PROFILES))
def test_the_register_is_read_together_with_the_power(code: str) -> None:
    rarely, told = groups_of(PROFILES[code]).of(slot=False, rarely=True), PROFILES[code].registers
    if Quantity.POWER_W in told and Quantity.ENERGY_WH in told:
        assert {Quantity.POWER_W, Quantity.ENERGY_WH} <= rarely
