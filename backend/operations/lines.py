"""How the lines look."""

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import extract, func, select

from backend.kernel.db import Session
from backend.metering.lines.silence import stretched_pause
from backend.metering.models import Line, Meter, MeterState
from backend.operations.families import by_label, single


def last_good_poll(session: Session) -> GaugeMetricFamily:
    """Return how long ago a meter of each line answered, less the pause of polls that are stretched to save bytes."""
    age = extract("epoch", func.clock_timestamp() - Line.last_good_at)
    beyond = func.greatest(age - stretched_pause(), 0)
    rows = session.execute(select(Line.reference, beyond).where(Line.last_good_at.is_not(None)))
    return by_label("last_good_poll_seconds", "Age of a line's last good poll", "line", rows)


def lines_unleased(session: Session) -> GaugeMetricFamily:
    """Count lines with meters in use that no bridge holds."""
    in_use = select(Meter.id).where(Meter.line_id == Line.id, Meter.state == MeterState.ACTIVE).exists()
    held = Line.bridge_id.is_not(None) & (Line.leased_until > func.clock_timestamp())
    alone = select(func.count()).select_from(Line).where(in_use, func.coalesce(held, False).is_(False))
    return single("lines_unleased", "Lines with meters in use that no bridge holds", session.scalar(alone) or 0)
