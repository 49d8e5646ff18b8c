"""Statistics of a span: what was used and by whom, with its shares, and how it grew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backend.kernel.db import Session
from backend.reports.asking_months import total_of, usage_of
from backend.reports.asking_switching import switching_of
from backend.reports.measured import Stretches, listed
from backend.reports.shares import shares_of
from backend.reports.spans import Span, before, change_permille, year_before
from backend.reports.switching import Switching
from backend.reports.usage import Usage, total

Finding = Callable[[Span], Stretches]


@dataclass(frozen=True, slots=True)
class Growth:
    """What was used in another span, and by how much it grew since, in thousandths.

    permille is None where there is nothing to compare with, or days of either span are missing: a half is no whole.
    """

    span: Span
    usage: Usage
    permille: int | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of a span: all together, each meter by its number with its share (hundredths of a per cent), and the growth."""

    span: Span
    usage: Usage
    meters: Mapping[int, Usage]
    shares: Mapping[int, int]
    on_span: Growth
    on_year: Growth


def statistics_of(session: Session, *, find: Finding, span: Span) -> Statistics:
    """Return the statistics of the meters that are found for a span, and for those it is compared with."""
    meters = usage_by_meter(session, stretches=find(span))
    usage = total(meters.values())
    return Statistics(
        span=span,
        usage=usage,
        meters=meters,
        shares=shares_of({meter: each.energy_wh or 0 for meter, each in meters.items()}),
        on_span=_growth(session, find, before(span), usage),
        on_year=_growth(session, find, year_before(span), usage),
    )


def usage_by_meter(session: Session, *, stretches: Stretches) -> dict[int, Usage]:
    """Return what each meter used, all of its stretches together."""
    found: dict[int, Usage] = {}
    for meter_id, usage in usage_of(session, stretches=stretches):
        found[meter_id] = found[meter_id] + usage if meter_id in found else usage
    return found


def switching_by_meter(session: Session, *, stretches: Stretches) -> dict[int, Switching]:
    """Return how long each meter had supply, all of its stretches together."""
    found: dict[int, Switching] = {}
    for stretch, switching in switching_of(session, stretches=listed(session, stretches)).items():
        found[stretch.meter_id] = found.get(stretch.meter_id, Switching()) + switching
    return found


def _growth(session: Session, find: Finding, span: Span, now: Usage) -> Growth:
    then = total_of(session, stretches=find(span))
    whole = now.missing_days == then.missing_days == 0
    return Growth(span, then, change_permille(now.energy_wh, then.energy_wh) if whole else None)
