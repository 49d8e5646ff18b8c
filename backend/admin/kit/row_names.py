"""What rows are called that an entry of the audit trail or a request for approval knows by number only."""

from flask import g
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from backend.admin.kit.guarding import office
from backend.admin.kit.labels import ROWS
from backend.kernel.db import OwnedRow
from backend.metering.group_models import MeterGroup
from backend.metering.models import Meter
from backend.staff.models import Staff


def _named(row: type[OwnedRow], column: InstrumentedAttribute[str], number: int) -> str:
    """Return what a row of one's own organisation is called, asked for once in a request; else its number."""
    known: dict[tuple[str, int], str] = g.setdefault("row_names", {})
    place = (row.__name__, number)
    if place not in known:
        with office().reading() as session:
            known[place] = session.scalar(select(column).where(row.id == number)) or str(number)
    return known[place]


ROWS["hung_by"] = lambda number: _named(Staff, Staff.name, number)
ROWS["meter"] = lambda number: _named(Meter, Meter.number, number)
ROWS["group"] = lambda number: _named(MeterGroup, MeterGroup.name, number)
