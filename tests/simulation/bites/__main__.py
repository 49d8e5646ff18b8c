"""`python -m tests.simulation.bites [--most N] [--new] [NAME...]`: plant bugs and write the table of docs/drills.md."""

import argparse
import sys
from collections.abc import Iterable
from statistics import median

from tests.simulation.bites.planting import PATCHES, ROOT, plant
from tests.simulation.bites.records import Bite, known, remember

PAGE = ROOT / "docs/drills.md"
BEGIN, END = "<!-- bites -->", "<!-- end of bites -->"
MEDIAN_MOST = 50


def main(words: list[str]) -> int:
    """Plant the bugs; return 1 when one was not found, or they were found too slowly."""
    parser = argparse.ArgumentParser(prog="tests.simulation.bites")
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--most", type=int, default=1000, help="seeds until giving up")
    parser.add_argument("--new", action="store_true", help="only those that were not found before")
    given = parser.parse_args(words)
    bites = {patch.stem: known()[patch.stem] for patch in PATCHES if patch.stem in known()}
    for patch in PATCHES:
        if (given.names and patch.stem not in given.names) or (given.new and _is_found(bites.get(patch.stem))):
            continue
        bite = bites[patch.stem] = plant(patch, most=given.most)
        sys.stdout.write(f"{bite.name}: {_told(bite)} ({bite.promise})\n")
        sys.stdout.flush()
        remember(bites)
        _write(bites.values())
    lost = [patch.stem for patch in PATCHES if not _is_found(bites.get(patch.stem))]
    middle = median(bite.played for bite in bites.values()) if bites else 0
    sys.stdout.write(f"{len(PATCHES)} bugs, {len(lost)} not found {lost}, median {middle} seeds\n")
    return 1 if lost or middle > MEDIAN_MOST else 0


def _is_found(bite: Bite | None) -> bool:
    return bite is not None and bite.found is not None


def _told(bite: Bite) -> str:
    return str(bite.found or f"not in {bite.played}")


def _write(bites: Iterable[Bite]) -> None:
    ordered = sorted(bites, key=lambda bite: bite.name)
    rows = [f"| {bite.name.replace('_', ' ')} | {_told(bite)} | {bite.promise} |" for bite in ordered]
    table = "\n".join(["| planted bug | seeds until found | the promise that broke |", "|---|---|---|", *rows])
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
