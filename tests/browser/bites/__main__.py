"""`python -m tests.browser.bites [NAME...]`: plant each fault and write the table of docs/drills.md."""

import sys

from tests.browser.bites.planting import PATCHES, ROOT, Bite, copied, plant, play, story_of

PAGE = ROOT / "docs/drills.md"
BEGIN, END = "<!-- faults in pages -->", "<!-- end of faults in pages -->"


def main(names: list[str]) -> int:
    """See the stories pass, then plant the faults; return 1 when one was not found."""
    chosen = [patch for patch in PATCHES if not names or patch.stem in names]
    with copied() as tree:
        if play(tree, sorted({story_of(patch) for patch in chosen})):
            sys.stdout.write("the stories fail without any fault: mend that first\n")
            return 1
    bites = []
    for patch in chosen:
        bites.append(plant(patch))
        sys.stdout.write(f"{patch.stem}: {'found' if bites[-1].found else 'NOT FOUND'}\n")
        sys.stdout.flush()
    if not names:
        _write(bites)
    lost = [bite.name for bite in bites if not bite.found]
    sys.stdout.write(f"{len(bites)} planted, {len(lost)} not found {lost}\n")
    return 1 if lost else 0


def _write(bites: list[Bite]) -> None:
    rows = [
        f"| {bite.name.replace('_', ' ')} | `{bite.place}` | {'yes' if bite.found else 'no'} | `{bite.story}` |"
        for bite in bites
    ]
    table = "\n".join(["| planted fault | where | found | by |", "|---|---|---|---|", *rows])
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
