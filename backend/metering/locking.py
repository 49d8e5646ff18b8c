"""Lock rows of metering, always in this order: bridge, line, meter, command.

FOR NO KEY UPDATE lets others go on pointing at the row. Whoever holds a line's row is alone with its leases and with
the claims, intents and outcomes of its commands.
"""

from sqlalchemy import bindparam, select

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.models import Line, Meter

FRESH = {"populate_existing": True}

# Made once: building a statement anew costs as much as running it.
LINE = select(Line).filter_by(id=bindparam("number")).with_for_update(key_share=True).execution_options(**FRESH)
LINE_OF = (
    select(Line, Meter)
    .join(Meter, Meter.line_id == Line.id)
    .where(Meter.id == bindparam("number"))
    .with_for_update(key_share=True, of=Line)
    .execution_options(**FRESH)
)
METER = select(Meter).filter_by(id=bindparam("number")).with_for_update(key_share=True).execution_options(**FRESH)
COMMAND = (
    select(MeterCommand).filter_by(id=bindparam("number")).with_for_update(key_share=True).execution_options(**FRESH)
)


def lock_line(session: Session, line_id: int) -> Line:
    """Lock a line and return it as it is now."""
    return session.scalars(LINE, {"number": line_id}).one()


def lock_line_of(session: Session, meter_id: int) -> tuple[Line, Meter]:
    """Lock the line of a meter; return it as it is now, and the meter, which is not locked."""
    line, meter = session.execute(LINE_OF, {"number": meter_id}).one()
    return line, meter


def lock_meter(session: Session, meter_id: int) -> Meter:
    """Lock a meter and return it as it is now."""
    return session.scalars(METER, {"number": meter_id}).one()


def lock_command(session: Session, command_id: int) -> MeterCommand:
    """Lock a command and return it as it is now."""
    return session.scalars(COMMAND, {"number": command_id}).one()
