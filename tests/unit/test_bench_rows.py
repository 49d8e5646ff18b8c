"""Every group of rows still measures, at a size that says nothing about speed."""

from collections.abc import Iterator

import pytest

from bench.__main__ import GROUPS
from bench.cpu import profiled
from bench.site import Site, site
from bench.size import TINY

GOALS = {
    "callback": 10,
    "balance": 1,
    "pay_to_credit": 6,
    "office": 6,
    "ingest": 4,
    "line_polls": 4,
    "month_statistics": 1,
}
IN_CHROMIUM = "h5_first_load"  # tests/browser/test_first_load.py


@pytest.fixture(scope="module")
def ground() -> Iterator[Site]:
    """One ground for all groups; each builds a town of its own on it."""
    with site() as made:
        yield made


@pytest.mark.parametrize("name", sorted(set(GROUPS) - {IN_CHROMIUM}))
def test_a_group_of_rows_measures_without_one_error_answer(ground: Site, name: str) -> None:
    rows = list(GROUPS[name](ground, TINY, "now"))
    assert len({row.id for row in rows}) == len(rows) == GOALS[name]
    assert [row.id for row in rows if row.failures or row.ours <= 0] == []


def test_the_profile_names_functions(ground: Site) -> None:
    told = profiled(ground, 3, meters=3)
    assert "function calls" in told
    assert "tottime" in told
