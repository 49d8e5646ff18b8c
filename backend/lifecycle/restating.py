"""A meter that hangs where it hung is read in another way: as another model, or behind other transformers.

What it counted under the old words is never compared with what it counts under the new ones: as in an exchange one row
closes and another one opens. Its credit and its purchase count go on, because it is the same meter.
"""

from backend.kernel.db import Session
from backend.lifecycle.restatement import Restatement, record_restated, refuse_unlike
from backend.lifecycle.succeeding import Ended, hand_over, link_of, note_exchange, read_first
from backend.metering.exchange_errors import ExchangedAlreadyError, NothingRestatedError
from backend.metering.exchange_models import MeterExchange, Succession
from backend.metering.field.closing import closing_of_same
from backend.metering.field.in_the_way import end_readings
from backend.metering.field.reopening import reopen
from backend.metering.groups.grouping import park_of_meter
from backend.metering.install_errors import MeterRetiredError
from backend.metering.locking import lock_line, lock_meter
from backend.metering.models import Meter, MeterState
from backend.metering.succession import exchange_of
from backend.staff.roles import Permission
from backend.staff.signed_in import SignedIn

MAY = Permission.INSTALL_METERS
RESTATED = "meter_restated"


def restate_meter(
    session: Session, *, who: SignedIn, meter_id: int, told: Restatement, request_id: str
) -> MeterExchange:
    """Close the registers of a meter and open them anew under other words; told again it is the same.

    Raises NotFoundError, MeterRetiredError and what exchange_errors and install_errors name.
    """
    park_id = park_of_meter(session, scope=who.scope(MAY), meter_id=meter_id)
    lock_line(session, session.get_one(Meter, meter_id).line_id)
    old = lock_meter(session, meter_id)
    known = exchange_of(session, meter_id=meter_id)
    if known is not None:
        new = session.get_one(Meter, known.new_meter_id)
        if known.succession is Succession.EXCHANGED or not told.is_known_of(new):
            raise ExchangedAlreadyError(number=new.number)
        return known
    if old.state is MeterState.RETIRED:
        raise MeterRetiredError
    if told.is_known_of(old):
        raise NothingRestatedError
    made = _restated(session, who, old, told, request_id)
    read_first(session, meter=session.get_one(Meter, made.new_meter_id), request_id=request_id)
    record_restated(session, made=made, by=who.actor(request_id), park_id=park_id)
    return made


def _restated(session: Session, who: SignedIn, old: Meter, told: Restatement, request_id: str) -> MeterExchange:
    end_readings(session, meter=old, why=RESTATED)
    refuse_unlike(session, old, told, paid_for=link_of(session, meter=old) is not None)
    misread, reason = old.profile != told.profile.code, told.reason
    closing = closing_of_same(session, meter=old, shown=told.shown, misread=misread)
    new = reopen(session, old=old, profile=told.profile, ct_ratio=told.ct_ratio, pt_ratio=told.pt_ratio)
    hand_over(session, who=who, old=old, new=new, profile=told.profile, reason=reason, request_id=request_id)
    succession = Succession.PROFILE if misread else Succession.RATIO
    return note_exchange(session, old=old, new=new, ended=Ended(succession, closing, reason, who.staff_id))
