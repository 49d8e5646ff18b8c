"""However often a meter was restated or exchanged, also on one day, all that its rows counted is counted once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete

from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.exchange_models import MeterExchange, Succession
from backend.metering.field.reopening import reopen
from backend.metering.history.models import DayRegister, Reading
from backend.metering.models import Meter
from backend.reports.measured import of_room
from backend.reports.spans import month
from backend.reports.statistics import usage_by_meter
from backend.reports.usage import Usage, total
from backend.runtime import Runtime
from backend.staff.models import Staff
from tests import park

ZONE = ZoneInfo("Asia/Shanghai")
MARCH = month(2026, 3)
BEGINS = datetime(2026, 3, 1, tzinfo=ZONE)
MINUTES = 31 * 24 * 60


@dataclass(frozen=True)
class Row:
    """A row of a meter: its first minute of March, its last one, and its registers there."""

    opens: int
    closes: int
    opening_wh: int
    watts: int

    def counted(self, minute: int) -> int:
        return self.opening_wh + self.watts * (minute - self.opens)


def _life(chance: Random) -> list[Row]:
    """Draw a month in which a meter is restated some times, often on one day."""
    day = chance.randint(0, 29) * 1440
    same = [day + minute for minute in chance.sample(range(1, 1440), chance.randint(0, 4))]
    cuts = sorted({*same, *(chance.randint(1, MINUTES - 1) for _ in range(chance.randint(0, 2)))})
    borders = [0, *cuts, MINUTES]
    return [
        Row(opens, closes, chance.randint(0, 900_000), chance.randint(0, 90)) for opens, closes in pairwise(borders)
    ]


def _instant(minute: int) -> datetime:
    return BEGINS + timedelta(minutes=minute)


class Ground:
    """A meter whose rows a test draws; each draw begins anew."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.known = runtime, park.build(runtime)
        self.own = {"organisation_id": self.known.organisation.id}
        self.first = self.known.counting.meter
        self.staff = runtime.database.run(self._hired)

    def _hired(self, session: Session) -> int:
        staff = Staff(**self.own, login="grace", name="Grace", created_at=BEGINS)
        session.add(staff)
        session.flush()
        return staff.id

    def live(self, session: Session, life: list[Row]) -> Usage:
        """Store a life, and return what the statistics of its room say of March; nothing is kept."""
        for table in (DayRegister, Reading, MeterExchange):
            session.execute(delete(table))
        meter = session.get_one(Meter, self.first.id)
        for row, after in zip(life, [*life[1:], None], strict=True):
            self._count(session, meter, row)
            if after is not None:
                meter = self._succeeded(session, meter, row)
        session.flush()
        stretches = of_room(scope=Scope(self.known.organisation.id), span=MARCH, room_id=self.first.room_id)
        told = total(usage_by_meter(session, stretches=stretches).values())
        session.rollback()
        return told

    def _count(self, session: Session, meter: Meter, row: Row) -> None:
        session.add(Reading(**self.own, meter_id=meter.id, read_at=_instant(row.opens), energy_wh=row.opening_wh))
        for midnight in range(-(-row.opens // 1440) * 1440, row.closes + 1, 1440):
            day: date = _instant(midnight).date()
            told = {"day": day, "at": _instant(midnight), "gap_s": 60, "energy_wh": row.counted(midnight)}
            session.add(DayRegister(**self.own, meter_id=meter.id, **told))

    def _succeeded(self, session: Session, old: Meter, row: Row) -> Meter:
        new = reopen(session, old=old, profile=self.runtime.profiles[old.profile], ct_ratio=1, pt_ratio=1)
        at = _instant(row.closes)
        told = {"closing_energy_wh": row.counted(row.closes), "closing_read_at": at, "succession": Succession.RATIO}
        by = {"typed": False, "reason": "r", "exchanged_by": self.staff, "exchanged_at": at}
        session.add(MeterExchange(**self.own, old_meter_id=old.id, new_meter_id=new.id, **told, **by))
        return new


@pytest.fixture
def ground(runtime: Runtime) -> Ground:
    return Ground(runtime)


def test_nothing_that_any_row_counted_is_lost_or_counted_twice(ground: Ground) -> None:
    chance, several = Random(17), 0
    for _ in range(60):
        life = _life(chance)
        told: Usage = ground.runtime.database.run(partial(ground.live, life=life))
        days = [row.closes // 1440 for row in life[:-1]]
        several += len(days) != len(set(days))
        assert told.energy_wh == sum(row.counted(row.closes) - row.opening_wh for row in life), life
        assert (told.days, told.missing_days, told.estimated_days) == (31, 0, len(set(days))), life
    assert several > 20, "days with several restatements were drawn"
