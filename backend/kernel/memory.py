"""What the garbage collector looks at."""

import gc


def settle_memory() -> None:
    """Let the collector leave alone what is there now: a program that is loaded, and stays until its end.

    Otherwise it looks through half a million such objects again and again, whenever requests make many: it took four
    fifths of the time of storing 5,000 readings.
    """
    gc.collect()
    gc.freeze()
    # What requests make dies by itself, but for a few rings: looked for each 50,000 objects instead of each 700.
    gc.set_threshold(50_000, 20, 100)
