"""`python -m tests.simulation.bites [--most N] [NAME...]`: plant each bug and write the table of docs/drills.md."""

import argparse
import sys
from statistics import median

from tests.simulation.bites.planting import PATCHES, ROOT, Bite, plant

PAGE = ROOT / "docs/drills.md"
BEGIN, END = "<!-- bites -->", "<!-- end of bites -->"
MEDIAN_MOST = 50


def main(words: list[str]) -> int:
    """Plant the bugs; return 1 when one was not found, or they were found too slowly."""
    parser = argparse.ArgumentParser(prog="tests.simulation.bites")
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--most", type=int, default=1000, help="seeds until giving up")
    given = parser.parse_args(words)
    bites = []
    for patch in PATCHES:
        if not given.names or patch.stem in given.names:
            bites.append(plant(patch, most=given.most))
            sys.stdout.write(f"{bites[-1].name}: {bites[-1].seeds} ({bites[-1].promise})\n")
            sys.stdout.flush()
    if not given.names:
        _write(bites)
    lost = [bite.name for bite in bites if bite.seeds is None]
    middle = median(bite.seeds for bite in bites if bite.seeds is not None) if len(lost) < len(bites) else 0
    sys.stdout.write(f"{len(bites)} planted, {len(lost)} not found {lost}, median {middle} seeds\n")
    return 1 if lost or middle > MEDIAN_MOST else 0


def _write(bites: list[Bite]) -> None:
    rows = [f"| {bite.name.replace('_', ' ')} | {bite.seeds or 'not found'} | {bite.promise} |" for bite in bites]
    table = "\n".join(["| planted bug | seeds until found | the promise that broke |", "|---|---|---|", *rows])
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
