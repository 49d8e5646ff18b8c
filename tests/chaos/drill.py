"""The drill: a stream of payments while everything is struck down; then calm, and the reckoning.

`python -m tests.chaos.drill --payments 5000 --seed 1` appends its result to docs/drills.md.
"""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from backend.kernel.clock import SystemClock
from tests.chaos.payers import Crowd
from tests.chaos.person import Person
from tests.chaos.reckoning import Reckoning, reckon
from tests.chaos.settling import LIMITS, Settling, until_all_is_credited
from tests.chaos.site import ROOT, TIME_SCALE, running_site
from tests.chaos.strikes import KINDS, Strike, Striker, plan

PAGE = ROOT / "docs" / "drills.md"
HEAD = """
## Chaos

Real processes under a stream of payments: kill -9 of web, bridge API, ticker, worker and bridge, PostgreSQL killed
and stopped at once, Valkey killed and flushed, the network between bridges and API cut, requests and answers lost,
late and garbled on the lines. Then calm, and the provider's books, the ledger and the meters' own state compared to
the fen. `make drill-chaos PAYMENTS=5000 SEED=1`. Leases, waits and resends run at the time scale shown. Held: doubts
of meters without a purchase count, each with an alarm, decided by a look at the meter.

Settled: seconds after the last fault until money, commands and supply; events and callbacks.

| when | payments | seed | time scale | strikes | tried again | lost | doubled | differs | held | settled | took, s |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What a drill found."""

    payments: int
    seed: int
    strikes: list[str]
    retries: Counter[str]
    seconds: float
    settling: Settling
    person: Person
    reckoning: Reckoning
    finished: bool

    def faults(self) -> list[str]:
        """Return everything that must not be, in words; empty is what we want."""
        found, late = self.reckoning, self.settling.late()
        return [
            *([f"{found.lost} payments lost"] if found.lost else []),
            *([f"{found.doubled} payments doubled"] if found.doubled else []),
            *found.differences,
            *self.person.wrong,
            *(f"{name} settled after {seconds:.1f} s, may take {LIMITS[name]:g}" for name, seconds in late.items()),
            *([] if self.finished else [f"not everything is credited: {self.settling.left}"]),
            *([] if found.orders == self.payments else [f"{found.orders} orders for {self.payments} payments"]),
        ]

    def row(self, when: str) -> str:
        """Return the result as a row of docs/drills.md."""
        held, found = self.person.taken + self.person.not_taken, self.reckoning
        after = {name: f"{self.settling.seconds.get(name, float('inf')):.1f}" for name in LIMITS}
        settled = f"{after['money']}, {after['commands']}, {after['supply']}; {after['events']}, {after['callbacks']}"
        cells = (
            when, self.payments, self.seed, f"{TIME_SCALE:g}", len(self.strikes), self.retries.total(),
            found.lost, found.doubled, len(found.differences), held, settled, f"{self.seconds:.0f}",
        )  # fmt: skip
        return f"| {' | '.join(map(str, cells))} |\n"

    def story(self) -> str:
        """Say what happened, for people."""
        kinds = ", ".join(f"{kind} ×{count}" for kind, count in sorted(Counter(self.strikes).items()))
        found, person = self.reckoning, self.person
        return (
            f"strikes: {kinds}\n"
            f"paid {found.paid_fen} fen, credited {found.credited_fen}, unapplied {found.unapplied_fen}; "
            f"{found.orders} orders\n"
            f"lost {found.lost}, doubled {found.doubled}, tried again {self.retries.total()}: {dict(self.retries)}\n"
            f"held and taken {person.taken}, held and not taken {person.not_taken}, sent again {person.resent}\n"
            f"settled after the last fault: {', '.join(f'{n} {s:.1f} s' for n, s in self.settling.seconds.items())}\n"
            f"took {self.seconds:.0f} s; faults: {self.faults() or 'none'}"
        )


def drill(var: Path, *, payments: int, seed: int, gap: float, per_second: float) -> Result:
    """Run a drill in this folder: a strike every `gap` seconds, so many payments a second."""
    clock = SystemClock()
    begun = clock.monotonic()
    with running_site(var) as site:
        crowd = Crowd(site, payments=payments, per_second=per_second, seed=seed)
        crowd.enter()
        striker, person, settling = Striker(site), Person(site), Settling(site)
        crowd.start()
        _rage(crowd, striker, person, plan(seed, gap))
        settling.watch()
        retries = crowd.finish()
        finished = until_all_is_credited(site, person) and Settling(site).watch(30.0)
        return Result(
            payments, seed, striker.done, retries, clock.monotonic() - begun, settling, person, reckon(site), finished
        )


def _rage(crowd: Crowd, striker: Striker, person: Person, strikes: Iterator[Strike]) -> None:
    """Strike until everybody has paid and everything was struck once, then let nothing go wrong any more."""
    clock = SystemClock()
    for strike in strikes:
        clock.sleep(strike.after)
        if not crowd.busy and len(striker.done) >= len(KINDS):
            break
        striker.strike(strike)
        person.look()
    striker.calm()


def main() -> int:
    """Run the drill, print its story, and append its row to the page; 1 when anything must not be."""
    parser = ArgumentParser(prog="drill-chaos", description="Payments while everything is struck down")
    parser.add_argument("--payments", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gap", type=float, default=6.0, help="seconds between two strikes, on average")
    parser.add_argument("--per-second", type=float, default=4.0, help="payments; more than the machine carries pile up")
    parser.add_argument("--keep", type=Path, help="an empty folder that keeps the logs")
    parser.add_argument("--no-page", action="store_true", help="leave docs/drills.md as it is")
    given = parser.parse_args()
    sys.stdout.write(f"{given.payments} payments, seed {given.seed}\n")
    with TemporaryDirectory(prefix="chaos-") as folder:
        result = drill(
            given.keep or Path(folder),
            payments=given.payments,
            seed=given.seed,
            gap=given.gap,
            per_second=given.per_second,
        )
    sys.stdout.write(result.story() + "\n")
    if not given.no_page:
        append(result.row(f"{SystemClock().now():%F}"))
    return 1 if result.faults() else 0


def append(row: str) -> None:
    """Put the row below the last one of our section."""
    page = PAGE.read_text() if PAGE.exists() else "# Drills\n"
    if "\n## Chaos\n" not in page:
        page = page.rstrip("\n") + "\n" + HEAD
    before, head, section = page.partition("\n## Chaos\n")
    own, following, rest = section.partition("\n## ")
    PAGE.write_text(before + head + own.rstrip("\n") + "\n" + row + following + rest)


if __name__ == "__main__":
    sys.exit(main())
