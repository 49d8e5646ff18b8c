"""What follows from one row of a meter to the one behind it, and its first reading."""

from dataclasses import dataclass

from sqlalchemy import select

from backend.accounts.models import Account, AccountMeter
from backend.accounts.opening import assign_meter
from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.commands.commanding import queue_command
from backend.metering.exchange_models import MeterExchange, Succession
from backend.metering.field.closing import Closing
from backend.metering.field.handing_over import hand_over_groups, hand_over_locks
from backend.metering.models import Meter
from backend.metering.parameters.handing_over import hand_over_parameters
from backend.staff.signed_in import SignedIn
from meter_bridge.profile import Profile
from meter_bridge.protocol import CommandKind

FIRST_READING_WITHIN = 600  # seconds


@dataclass(frozen=True, slots=True)
class Ended:
    """How the registers of one row ended, why, and by whom."""

    succession: Succession
    closing: Closing
    reason: str
    staff_id: int


def link_of(session: Session, *, meter: Meter) -> AccountMeter | None:
    """Return by which account a meter is paid for now."""
    return session.scalars(select(AccountMeter).filter_by(meter_id=meter.id, ended_at=None)).one_or_none()


def hand_over(
    session: Session, *, who: SignedIn, old: Meter, new: Meter, profile: Profile, reason: str, request_id: str
) -> None:
    """Let account, groups, locks and wanted parameters of the old row go on with the new one."""
    link = link_of(session, meter=old)
    if link is not None:
        link.ended_at = session.clock.now()
        assign_meter(session, account=session.get_one(Account, link.account_id), meter_id=new.id)
    hand_over_groups(session, old=old, new=new)
    hand_over_locks(session, old=old, new=new)
    hand_over_parameters(session, who=who, old=old, new=new, profile=profile, reason=reason, request_id=request_id)


def read_first(session: Session, *, meter: Meter, request_id: str) -> None:
    """Have a meter read at once, so that its registers open soon."""
    within, cause = FIRST_READING_WITHIN, CommandCause.STAFF
    queue_command(
        session, meter=meter, kind=CommandKind.READ_NOW, cause=cause, request_id=request_id, expires_in=within
    )


def note_exchange(session: Session, *, old: Meter, new: Meter, ended: Ended) -> MeterExchange:
    """Keep where the old row's registers end, with the row that goes on."""
    closing = ended.closing
    exchange = MeterExchange(
        organisation_id=old.organisation_id,
        succession=ended.succession,
        old_meter_id=old.id,
        new_meter_id=new.id,
        closing_energy_wh=closing.energy_wh,
        closing_count=closing.count,
        credit_left=closing.credit_left,
        closing_read_at=closing.read_at,
        typed=closing.typed,
        reason=ended.reason,
        exchanged_by=ended.staff_id,
        exchanged_at=session.clock.now(),
    )
    session.add(exchange)
    session.flush()
    return exchange
