"""What the demo's meters used in the thirteen months before it began, told as a bridge would have told it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo

from backend.cli.demo_values import WEEK, DemoMeter
from backend.kernel.db import Session
from backend.metering.history.partitions import make_partitions_ahead, make_partitions_since
from backend.metering.history.storing import store_readings
from backend.metering.models import Meter
from backend.metering.statuses import Said
from meter_bridge.protocol import Evidence, MoneyCapability, SupplyState
from meter_bridge.registers import Shape
from meter_bridge.tariff_schedule import period_of
from meter_bridge.tenant_loads import LoadKind, curve_of, swayed

Past = tuple[Meter, DemoMeter, Mapping[str, Shape]]  # and the registers that the meter shows

QUARTERS, HOURS, DAYS = timedelta(days=3), timedelta(days=45), timedelta(days=395)  # how far back each is told
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
BEFORE_MIDNIGHT = timedelta(minutes=1)
BROKEN_FOR = timedelta(hours=26)
SECONDS = 3600
AT_ONCE = 20_000
BLANK = Evidence(read_at=datetime(1, 1, 1, tzinfo=UTC), supply=SupplyState.CLOSED)


def tell_past(session: Session, *, past: Sequence[Past], time_zone: str) -> int:
    """Store the readings of every meter, through the product's own door; returns how many."""
    now, zone = session.clock.now(), ZoneInfo(time_zone)
    make_partitions_since(session, since=now - DAYS)
    make_partitions_ahead(session)  # now, because soon months of history are frozen, and nobody can attach one
    stored, said, owner = 0, _said(past, now, zone), past[0][0].organisation_id
    while some := list(islice(said, AT_ONCE)):
        stored += store_readings(session, organisation_id=owner, said=some)
    return stored


def registers(demo: DemoMeter, now: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, dict[str, int]]]:
    """Yield instants before now, the newest first, and what was counted then; it leads up to how the meter starts."""
    counted, ends = demo.starts, now.astimezone(zone)
    for at in borders(ends):
        for name, part in used(demo, at, ends).items():
            counted[name] -= part
        yield at, dict(counted)
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


def used(demo: DemoMeter, begins: datetime, ends: datetime) -> dict[str, int]:
    """Return what the room used in a span: Wh in each tariff period, or litres."""
    seconds: Counter[str] = Counter()
    at = begins
    while at < ends:
        if at == at.replace(hour=0, minute=0) and ends - at >= DAY:
            until = at + DAY
            for name, per_cent in _periods(demo.drawn_by, at.weekday()):
                seconds[name] += swayed(demo.power_w, per_cent, at, place=demo.wire_unit) * SECONDS
                seconds["volume_l"] += swayed(demo.litres_per_hour, per_cent, at, place=demo.wire_unit) * SECONDS
        else:
            until = min(ends, at.replace(minute=0, second=0, microsecond=0) + HOUR)
            span, per_cent = int((until - at).total_seconds()), curve_of(demo.drawn_by, at)[at.hour]
            seconds[period_of(at.hour).value] += swayed(demo.power_w, per_cent, at, place=demo.wire_unit) * span
            seconds["volume_l"] += swayed(demo.litres_per_hour, per_cent, at, place=demo.wire_unit) * span
        at = until
    return {name: seconds[name] // SECONDS for name in demo.starts}


@cache
def _periods(load: LoadKind, weekday: int) -> list[tuple[str, int]]:
    """Return the per cent of full power of a whole day, summed up for each tariff period."""
    sums: Counter[str] = Counter()
    for hour, per_cent in enumerate(curve_of(load, WEEK[weekday])):
        sums[period_of(hour).value] += per_cent
    return list(sums.items())


def _said(past: Iterable[Past], now: datetime, zone: ZoneInfo) -> Iterator[Said]:
    """Yield what each meter said, the newest first: with the credit it holds."""
    for meter, demo, shown in past:
        balance = None if meter.capability is MoneyCapability.PLATFORM_WALLET else demo.balance_fen
        for at, counted in registers(demo, now, zone):
            if not demo.broken or at < now - BROKEN_FOR:
                read_at = at - BEFORE_MIDNIGHT if at < now - HOURS else at
                yield Said(meter.id, _evidence(read_at, told(counted, shown, demo.ct_ratio), balance))
                balance = None


def told(counted: Mapping[str, int], shown: Mapping[str, Shape], ratio: int = 1) -> dict[str, int]:
    """Return what is told of what was counted by a meter with these registers: whole steps of each.

    ratio: of the transformers before it. What it shows is as many times less.
    """
    every = dict(counted)
    if "volume_l" not in counted:
        every["energy_wh"] = sum(counted.values())
        if "deep_valley_wh" not in shown:
            every["valley_wh"] += every.pop("deep_valley_wh")
    return {name: shown[name].stepped(value // ratio) * ratio for name, value in every.items() if name in shown}


def _evidence(read_at: datetime, registers: Mapping[str, int], balance: int | None) -> Evidence:
    """Return what was told; it need not be checked anew a hundred thousand times."""
    return BLANK.model_copy(update={"read_at": read_at, "balance": balance, **registers})
