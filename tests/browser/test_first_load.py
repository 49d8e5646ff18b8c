"""The row of the first load still measures, at a size that says nothing about speed."""

from bench.h5_first_load import rows
from bench.site import site
from bench.size import TINY


def test_the_first_load_is_measured_and_small() -> None:
    with site() as ground:
        first, usable = rows(ground, TINY, "now")
    assert 10 < first.ours < 150
    assert usable.ours > 0
