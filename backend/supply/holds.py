"""Who holds which breaker, from what the database knows of it."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from backend.kernel.db import Session
from backend.metering.causes import CLOSING
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.lock_queries import HungLock, locks_of
from backend.metering.models import Meter, MeterStatus
from backend.metering.succession import restated_from
from backend.supply.holding import Breaker, Hold, Switched, hold_of
from meter_bridge.protocol import CommandKind, CommandState, MoneyCapability

SWITCHING = (CommandKind.OPEN_BREAKER, CommandKind.END_KEEP_SUPPLIED, *CLOSING)


def holds_of(
    session: Session, *, meter_ids: Iterable[int], locks: Mapping[int, Sequence[HungLock]] | None = None
) -> dict[int, Hold]:
    """Return who holds the breaker of each of these meters. locks: as locks_of told them, when they are known."""
    numbers = list(meter_ids)
    hung = locks_of(session, meter_ids=numbers) if locks is None else locks
    switched, closing = _switched(session, numbers), _closing(session, numbers)
    known = select(Meter, MeterStatus).outerjoin(MeterStatus, MeterStatus.meter_id == Meter.id)
    rows = session.execute(known.where(Meter.id.in_(numbers)))
    told: list[tuple[Meter, MeterStatus | None]] = [(meter, status) for meter, status in rows]
    return {
        meter.id: hold_of(
            Breaker(
                supply=status.supply if status else None,
                last=switched.get(meter.id),
                has_wallet=meter.capability is not MoneyCapability.PLATFORM_WALLET,
                balance=status.balance if status else None,
                locked_since=min((each.lock.hung_at for each in hung.get(meter.id, ())), default=None),
                closing=meter.id in closing,
                kept=bool(status and status.kept_supplied),
            )
        )
        for meter, status in told
    }


def _switched(session: Session, meter_ids: list[int]) -> dict[int, Switched]:
    earlier = restated_from(session, meter_ids=meter_ids)
    last = (
        select(MeterCommand)
        .where(
            MeterCommand.meter_id.in_([*earlier, *meter_ids]),
            MeterCommand.kind.in_(SWITCHING),
            MeterCommand.state == CommandState.CONFIRMED,
        )
        .ext(distinct_on(MeterCommand.meter_id))
        .order_by(MeterCommand.meter_id, MeterCommand.settled_at.desc(), MeterCommand.seq.desc())
    )
    told = {
        each.meter_id: Switched(each.kind, each.cause, each.settled_at)
        for each in session.scalars(last)
        if each.settled_at is not None
    }
    for old, meter_id in earlier.items():  # the latest first
        if old in told:
            told.setdefault(meter_id, told[old])
    return told


def _closing(session: Session, meter_ids: list[int]) -> set[int]:
    under_way = select(MeterCommand.meter_id).where(
        MeterCommand.meter_id.in_(meter_ids), MeterCommand.kind.in_(CLOSING), MeterCommand.state.in_(UNSETTLED)
    )
    return set(session.scalars(under_way))
