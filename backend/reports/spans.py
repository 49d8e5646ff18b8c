"""Spans of local days, and what each is compared with. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from backend.kernel.errors import ProductError

PERMILLE = 1000


class SpanUnfitError(ProductError):
    """A span that ends before it begins, or is longer than any report."""

    status = 422
    code = "span_unfit"
    zh = "统计期间无效：结束日须晚于开始日，且不超过 {most} 天。"
    en = "This is no span: it must end after it begins, and hold at most {most} days."


MOST_DAYS = 3700


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from the first up to, without, the end. Raises SpanUnfitError."""

    first: date
    end: date

    def __post_init__(self) -> None:
        """Refuse what holds no day."""
        if not 0 < self.days <= MOST_DAYS:
            raise SpanUnfitError(most=MOST_DAYS)

    @property
    def days(self) -> int:
        """Return how many days it holds."""
        return (self.end - self.first).days

    @property
    def is_months(self) -> bool:
        """Whether it holds whole months."""
        return self.first.day == self.end.day == 1


def month(year: int, number: int) -> Span:
    """Return a month."""
    first = date(year, number, 1)
    return Span(first, _months_on(first, 1))


def before(span: Span) -> Span:
    """Return the span right before: as many months of whole months, as many days of others."""
    if span.is_months:
        months = (span.end.year - span.first.year) * 12 + span.end.month - span.first.month
        return Span(_months_on(span.first, -months), span.first)
    return Span(span.first - timedelta(days=span.days), span.first)


def year_before(span: Span) -> Span:
    """Return the same days of the year before; one that begins on February 29 begins on the 28th."""
    return Span(_year_back(span.first, leap=(2, 28)), _year_back(span.end, leap=(3, 1)))


def change_permille(now: int | None, then: int | None) -> int | None:
    """Return by how much something grew, in thousandths rounded towards zero; None without anything to compare with."""
    if now is None or not then:
        return None
    grown = abs(now - then) * PERMILLE // then
    return grown if now >= then else -grown


def _months_on(first: date, months: int) -> date:
    total = first.year * 12 + first.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


def _year_back(day: date, *, leap: tuple[int, int]) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, *leap)
    return day.replace(year=day.year - 1)
