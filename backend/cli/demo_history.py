"""What the demo's meters used in the thirteen months before it began, told as a bridge would have told it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from backend.cli.demo_values import DemoMeter
from backend.estate.models import RoomKind
from backend.kernel.db import Session
from backend.metering.history.partitions import make_partitions_since
from backend.metering.history.storing import store_readings
from backend.metering.models import Meter
from backend.metering.statuses import Said, note
from meter_bridge.protocol import Evidence, MoneyCapability, SupplyState

QUARTERS, HOURS, DAYS = timedelta(days=3), timedelta(days=45), timedelta(days=395)  # how far back each is told
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
BEFORE_MIDNIGHT = timedelta(minutes=1)
BROKEN_FOR = timedelta(hours=26)
SATURDAY = 5
SWAY = (0, 7, -4, 11, -9, 3, 8, -6, 13, -2, 5)  # per cent, so that no two days are alike
SEASON = (122, 116, 92, 82, 84, 104, 128, 132, 108, 84, 90, 112)  # per cent by month: cooling and heating
AT_ONCE = 20_000
ALL_DAY = slice(None)
BLANK = Evidence(read_at=datetime(1, 1, 1, tzinfo=UTC), supply=SupplyState.CLOSED)
# Per cent of full power in each hour of a day.
WORKING = (6, 6, 6, 6, 6, 7, 10, 25, 70, 95, 100, 96, 70, 86, 98, 100, 96, 84, 52, 34, 22, 14, 9, 7)
QUIET = (6, 6, 6, 6, 6, 6, 7, 9, 16, 24, 28, 28, 24, 24, 26, 26, 22, 16, 11, 9, 8, 7, 7, 6)
TRADING = (12, 11, 10, 10, 12, 20, 42, 64, 74, 80, 92, 100, 98, 80, 70, 72, 84, 98, 100, 92, 74, 48, 26, 15)
SLEEPING = (42, 34, 30, 28, 28, 32, 58, 66, 30, 16, 14, 18, 34, 22, 16, 16, 20, 38, 66, 88, 100, 98, 84, 62)


def tell_past(session: Session, *, past: Sequence[tuple[Meter, DemoMeter]], time_zone: str) -> int:
    """Store the readings of every meter, through the product's own door; returns how many."""
    now, zone = session.clock.now(), ZoneInfo(time_zone)
    make_partitions_since(session, since=now - DAYS)
    stored, said, owner = 0, _said(past, now, zone), past[0][0].organisation_id
    while some := list(islice(said, AT_ONCE)):
        stored += store_readings(session, organisation_id=owner, said=some)
    note(session, organisation_id=owner, said=_newest(past, now, zone))
    return stored


def registers(demo: DemoMeter, now: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, int]]:
    """Yield instants before now, the newest first, and what the register held then; it leads up to its start."""
    register, ends = demo.energy_wh, now.astimezone(zone)
    for at in borders(ends):
        register -= used(demo, at, ends)
        yield at, register
        ends = at


def borders(now: datetime) -> Iterator[datetime]:
    """Yield when a bridge read, the newest first: each quarter, further back each hour, and then each midnight."""
    at = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    while at > now - DAYS:
        yield at
        if at > now - QUARTERS:
            at -= QUARTER
        elif at > now - HOURS:
            at = at.replace(minute=0) if at.minute else at - HOUR
        else:
            at = datetime.combine(at, time(), at.tzinfo) - (DAY if at.hour == 0 else timedelta())


def used(demo: DemoMeter, begins: datetime, ends: datetime) -> int:
    """Return what the room used in a span, in Wh."""
    total, at = 0, begins
    while at < ends:
        if at == at.replace(hour=0, minute=0) and ends - at >= DAY:
            until, hours, seconds = at + DAY, ALL_DAY, 3600
        else:
            until = min(ends, at.replace(minute=0, second=0, microsecond=0) + HOUR)
            hours, seconds = slice(at.hour, at.hour + 1), int((until - at).total_seconds())
        total += _watts(demo, at, hours) * seconds
        at = until
    return total // 3600


def _watts(demo: DemoMeter, at: datetime, hours: slice) -> int:
    """Return the sum of the watts that the room takes in these hours of a day."""
    curve = _curve(demo.kind, weekend=at.weekday() >= SATURDAY)[hours]
    sway = 100 + SWAY[(at.toordinal() + demo.unit) % len(SWAY)]
    return demo.power_w * sum(curve) * sway * SEASON[at.month - 1] // 1_000_000


def _curve(kind: RoomKind, *, weekend: bool) -> tuple[int, ...]:
    if kind in (RoomKind.SHOP, RoomKind.DORMITORY):
        return TRADING if kind is RoomKind.SHOP else SLEEPING
    return QUIET if weekend else WORKING


def _said(past: Iterable[tuple[Meter, DemoMeter]], now: datetime, zone: ZoneInfo) -> Iterator[Said]:
    for meter, demo in past:
        for at, register in registers(demo, now, zone):
            if not demo.broken or at < now - BROKEN_FOR:
                read_at = at - BEFORE_MIDNIGHT if at < now - HOURS else at
                yield Said(meter.id, _evidence(read_at, register))


def _evidence(read_at: datetime, energy_wh: int, balance: int | None = None) -> Evidence:
    """Return what was told; it need not be checked anew a hundred thousand times."""
    return BLANK.model_copy(update={"read_at": read_at, "energy_wh": energy_wh, "balance": balance})


def _newest(past: Iterable[tuple[Meter, DemoMeter]], now: datetime, zone: ZoneInfo) -> Iterator[Said]:
    """Yield what each meter said last, with the credit it holds."""
    for meter, demo in past:
        until = now - BROKEN_FOR if demo.broken else now
        at, register = next(each for each in registers(demo, now, zone) if each[0] < until)
        in_meter = meter.capability is not MoneyCapability.PLATFORM_WALLET
        yield Said(meter.id, _evidence(at, register, demo.balance_fen if in_meter else None))
