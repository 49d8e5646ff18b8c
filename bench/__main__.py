"""`make bench`: measure, print the table, write docs/benchmarks.md and docs/benchmarks.json."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence

from bench import (
    balance,
    callback,
    cpu,
    h5_first_load,
    ingest,
    line_polls,
    month_statistics,
    office,
    pay_to_credit,
    report,
)
from bench.processes import CLOCK
from bench.rows import Row, plain
from bench.site import Site, site
from bench.size import FULL, TINY, Size

Measured = Callable[[Site, Size, str], Iterator[Row]]
GROUPS: dict[str, Measured] = {
    "callback": callback.rows,
    "balance": balance.rows,
    "pay_to_credit": pay_to_credit.rows,
    "office": office.rows,
    "month_statistics": month_statistics.rows,
    "h5_first_load": h5_first_load.rows,
    "ingest": ingest.rows,
    "line_polls": line_polls.rows,
}
PROFILED = "callback"


def measured(names: Sequence[str], size: Size) -> Iterator[Row]:
    """Yield the rows of these groups, each on servers of its own."""
    for name in names:
        with site() as ground:
            yield from GROUPS[name](ground, size, CLOCK.now().strftime("%Y-%m-%d %H:%M UTC"))


def main(words: Sequence[str]) -> int:
    """Measure what was asked for. A goal that is missed is told and is no error; an error answer is one."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rows", default="", help="groups of rows, separated by commas; all of them without")
    parser.add_argument("--tiny", action="store_true", help="see that everything works; the numbers mean nothing")
    given = parser.parse_args(words)
    names = [name for name in given.rows.split(",") if name] or list(GROUPS)
    if unknown := set(names) - set(GROUPS):
        parser.error(f"no rows {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    load_before = os.getloadavg()[0]
    rows = list(measured(names, TINY if given.tiny else FULL))
    machine = report.machine_in_words(load_before)
    sys.stdout.write(f"{plain(rows)}\n{machine}\n")
    if not given.tiny:
        report.keep(rows, machine, _profile() if PROFILED in names else None)
    return 1 if any(row.failures for row in rows) else 0


def _profile() -> str:
    with site() as ground:
        return cpu.profiled(ground, 300)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
