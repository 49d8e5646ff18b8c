"""Metric families under the product's name."""

from collections.abc import Iterable
from typing import Any

from prometheus_client.core import GaugeMetricFamily

PREFIX = "dianyuan_"


def single(name: str, text: str, value: float | None) -> GaugeMetricFamily:
    """Return a gauge of one value; None leaves it without any, which `absent` finds."""
    family = GaugeMetricFamily(PREFIX + name, text)
    if value is not None:
        family.add_metric([], value)
    return family


def by_label(name: str, text: str, label: str, rows: Iterable[Any]) -> GaugeMetricFamily:
    """Return a gauge with one value for each row of label and number."""
    family = GaugeMetricFamily(PREFIX + name, text, labels=[label])
    for word, value in rows:
        family.add_metric([word], float(value))
    return family
