"""The part of PromQL that deploy/alerts.yml uses, over scrapes of /metrics; anything else is refused."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml  # type: ignore[import-untyped] # it publishes no types
from prometheus_client.parser import text_string_to_metric_families

from tests.house.sources import text_of

Series = tuple[tuple[str, str], ...]
Values = dict[Series, float]

AGGREGATE = re.compile(r"(max|sum)(?: by \((\w+)\))? ?\((.+)\) > ([\d.]+)")
INCREASE = re.compile(r"increase\((.+)\[(\w+)\]\)")
SELECTOR = re.compile(r'(\w+)(?:\{(\w+)="(\w+)"\})?')
ABSENT = re.compile(r"absent\((\w+)\)")
UNITS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Scrape:
    """What /metrics said at an instant: values of each name, and every name that was announced."""

    at: float
    values: Mapping[str, Values]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert: what must be true, and for how long."""

    name: str
    expression: str
    seconds: float

    def metrics(self) -> set[str]:
        """Return the names this rule looks at."""
        return set(re.findall(r"dianyuan_\w+", self.expression))

    def fires(self, scrapes: Sequence[Scrape]) -> bool:
        """Say whether the alert fires at the last scrape: true there and at every one as far back as it must be."""
        last = scrapes[-1].at
        concerned = [n for n, scrape in enumerate(scrapes) if scrape.at >= last - self.seconds]
        covered = scrapes[concerned[0]].at <= last - self.seconds
        return covered and all(self._true(scrapes[: n + 1]) for n in concerned)

    def _true(self, scrapes: Sequence[Scrape]) -> bool:
        return any(_holds(part, scrapes) for part in self.expression.split(" or "))


def rules() -> list[Rule]:
    """Return the rules we ship."""
    told: dict[str, Any] = yaml.safe_load(text_of("deploy/alerts.yml"))
    found = [rule for group in told["groups"] for rule in group["rules"]]
    return [Rule(rule["alert"], rule["expr"], _seconds(rule.get("for", "0s"))) for rule in found]


def scrape(text: str, at: float) -> Scrape:
    """Read what /metrics said."""
    values: dict[str, Values] = {}
    names: set[str] = set()
    for family in text_string_to_metric_families(text):
        names |= {family.name, f"{family.name}_total"} if family.type == "counter" else {family.name}
        for sample in family.samples:
            values.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return Scrape(at, values, frozenset(names))


def _holds(part: str, scrapes: Sequence[Scrape]) -> bool:
    if absent := ABSENT.fullmatch(part):
        return not scrapes[-1].values.get(absent[1])
    compared = AGGREGATE.fullmatch(part)
    assert compared, f"not in our part of PromQL: {part}"
    kind, by, inner, limit = compared.groups()
    groups: dict[str, list[float]] = {}
    for series, value in _vector(inner, scrapes).items():
        groups.setdefault(dict(series).get(by, "") if by else "", []).append(value)
    combine = max if kind == "max" else sum
    return any(combine(values) > float(limit) for values in groups.values())


def _vector(inner: str, scrapes: Sequence[Scrape]) -> Values:
    rising = INCREASE.fullmatch(inner)
    if rising is None:
        return _selected(inner, scrapes[-1])
    begin = scrapes[-1].at - _seconds(rising[2])
    first = next(each for each in scrapes if each.at >= begin)
    before, after = _selected(rising[1], first), _selected(rising[1], scrapes[-1])
    return {series: value - before[series] for series, value in after.items() if series in before}


def _selected(selector: str, at: Scrape) -> Values:
    chosen = SELECTOR.fullmatch(selector)
    assert chosen, f"not in our part of PromQL: {selector}"
    name, label, word = chosen.groups()
    return dict(_matching(at.values.get(name, {}), label, word))


def _matching(values: Values, label: str | None, word: str | None) -> Iterator[tuple[Series, float]]:
    for series, value in values.items():
        if label is None or dict(series).get(label) == word:
            yield series, value


def _seconds(told: str) -> float:
    return float(told[:-1]) * UNITS[told[-1]]
