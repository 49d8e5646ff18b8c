"""Which meter hangs now where another one hung, and what of the one before goes on."""

from collections.abc import Iterable

from sqlalchemy import func, select

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.exchange_models import MeterExchange, Succession
from backend.metering.models import Meter
from meter_bridge.protocol import CommandState


def successor(session: Session, *, meter_id: int) -> Meter:
    """Return the meter that hangs in the place of this one; itself when it was never exchanged."""
    while (after := exchange_of(session, meter_id=meter_id)) is not None:
        meter_id = after.new_meter_id
    return session.get_one(Meter, meter_id)


def exchange_of(session: Session, *, meter_id: int) -> MeterExchange | None:
    """Return the exchange by which a meter was taken down."""
    return session.scalars(select(MeterExchange).filter_by(old_meter_id=meter_id)).one_or_none()


def restated_from(session: Session, *, meter_ids: Iterable[int]) -> dict[int, int]:
    """Return the earlier rows of meters that were only restated, each with the row that is asked about."""
    found: dict[int, int] = {}
    newer = {meter_id: meter_id for meter_id in meter_ids}
    while newer:
        same = select(MeterExchange.old_meter_id, MeterExchange.new_meter_id).where(
            MeterExchange.new_meter_id.in_(newer), MeterExchange.succession != Succession.EXCHANGED
        )
        newer = {row.old_meter_id: newer[row.new_meter_id] for row in session.execute(same)}
        found |= newer
    return found


def count_we_left(session: Session, meter: Meter) -> int | None:
    """Return the count after our last confirmed top-up of this epoch, else the one it began with; None before that."""
    confirmed = select(func.max(MeterCommand.purchase_no)).filter_by(
        meter_id=meter.id, epoch=meter.epoch, state=CommandState.CONFIRMED
    )
    last = session.scalars(confirmed).one()
    return meter.first_count if last is None else last
