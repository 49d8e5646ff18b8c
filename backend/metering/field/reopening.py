"""One meter, another row: what it counts from now on is counted anew."""

from backend.kernel.db import Session
from backend.metering.field.install import add_meter
from backend.metering.field.meter_details import MeterDetails
from backend.metering.models import Meter, MeterState
from backend.metering.succession import count_we_left
from meter_bridge.profile import Profile


def reopen(session: Session, *, old: Meter, profile: Profile, ct_ratio: int, pt_ratio: int) -> Meter:
    """Retire the row of a meter and add another one; its money stays frozen, and counted, as it was.

    Raises what install.add_meter names.
    """
    first_count = count_we_left(session, old)
    old.state = MeterState.RETIRED
    session.flush()
    new = add_meter(
        session,
        room_id=old.room_id,
        line_id=old.line_id,
        unit=old.unit,
        number=old.number,
        serial=old.serial,
        profile=profile,
        details=MeterDetails(old.circuit, ct_ratio, pt_ratio),
    )
    new.frozen_reason, new.first_count = old.frozen_reason, first_count
    return new
