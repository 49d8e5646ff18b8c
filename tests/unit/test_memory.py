"""A web process lets the garbage collector look at what requests make only."""

import gc

from backend.kernel.memory import settle_memory


def test_what_is_loaded_is_not_looked_at_again() -> None:
    usual = gc.get_threshold()
    try:
        settle_memory()
        assert gc.get_threshold() > usual
        assert gc.get_freeze_count() > 10 * len(gc.get_objects())
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)
