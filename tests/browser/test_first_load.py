"""The row of the first load still measures, at a size that says nothing about speed."""

from playwright.sync_api import Browser

from bench.h5_first_load import rows_in
from bench.site import site
from bench.size import TINY


def test_the_first_load_is_measured_and_small(browser: Browser) -> None:
    with site() as ground:
        first, usable = rows_in(browser, ground, TINY, "now")
    assert 10 < first.ours < 150
    assert usable.ours > 0
