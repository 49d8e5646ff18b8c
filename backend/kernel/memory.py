"""What the garbage collector looks at."""

import gc


def settle_memory() -> None:
    """Let the collector leave alone what is there now: a program that is loaded, and stays until its end.

    Otherwise it looks through half a million such objects again and again, whenever requests make many: it took four
    fifths of the time of storing 5,000 readings.
    """
    gc.collect()
    gc.freeze()
    # Freezing alone lets all that is left be looked through each 70,000 objects: a callback then cost a third more.
    gc.set_threshold(50_000, 20, 100)
