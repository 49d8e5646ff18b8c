"""Why the breaker of a meter is not opened in a walk test."""

from sqlalchemy import or_, select

from backend.accounts.models import AccountMeter
from backend.estate.models import Tenancy
from backend.kernel.db import Session
from backend.kernel.entropy import CHINA
from backend.kernel.errors import ProductError
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.lock_queries import locked_among
from backend.metering.locking import lock_meter
from backend.metering.models import Meter, MeterState, MeterStatus
from backend.metering.walk_errors import WalkLockedError, WalkMoneyError, WalkNotClosedError, WalkTenantError
from meter_bridge.protocol import CommandKind, SupplyState


def hindrance(session: Session, *, meter_id: int, cut_tenants: bool) -> type[ProductError] | None:
    """Return what stands against opening and closing this breaker now; locks the meter's row."""
    meter = lock_meter(session, meter_id)
    waiting = select(MeterCommand.kind).filter_by(meter_id=meter_id).where(MeterCommand.state.in_(UNSETTLED))
    kinds = set(session.scalars(waiting))
    if CommandKind.TOP_UP in kinds:
        return WalkMoneyError
    if locked_among(session, meter_ids=[meter_id]):
        return WalkLockedError
    if not cut_tenants and _is_used(session, meter):
        return WalkTenantError
    supply = session.scalars(select(MeterStatus.supply).filter_by(meter_id=meter_id)).one_or_none()
    still = meter.state is MeterState.ACTIVE and supply is SupplyState.CLOSED and not kinds - {CommandKind.READ_NOW}
    return None if still else WalkNotClosedError


def _is_used(session: Session, meter: Meter) -> bool:
    today = session.clock.now().astimezone(CHINA).date()
    let = (
        select(Tenancy.id)
        .filter_by(room_id=meter.room_id)
        .where(Tenancy.starts_on <= today, or_(Tenancy.ends_on.is_(None), Tenancy.ends_on > today))
    )
    paid_for = select(AccountMeter.id).filter_by(meter_id=meter.id, ended_at=None)
    return session.scalars(let).first() is not None or session.scalars(paid_for).first() is not None
