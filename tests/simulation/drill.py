"""`python -m tests.simulation.drill --seeds N`: the long run, which can be stopped and goes on where it stopped."""

import argparse
import os
import re
import signal
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from json import dumps, loads
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.simulation.__main__ import SHM, play
from tests.simulation.corpus import line_of
from tests.simulation.plan import draw
from tests.simulation.simulation import Ended
from tests.simulation.stage import BuiltStage

ROOT = Path(__file__).resolve().parents[2]
PROGRESS = ROOT / "build/simulation.json"
BAD = ROOT / "build/simulation-bad.jsonl"
PAGE = ROOT / "docs/drills.md"
END = "<!-- end of seeds -->"
ROW = re.compile(r"^\| [\d-]+ \| (\d+) \| (\d+) \|.*\n", re.MULTILINE)
SAVE_EVERY = 25
FIRST = 1_000_000  # apart from the seeds that are played by hand


@dataclass
class Progress:
    """How far a drill has come. bad: the seeds that broke a promise."""

    first: int
    played: int
    seconds: float
    strikes: int
    bad: list[int]


def main(words: list[str]) -> int:
    """Play what is left to play; return 1 when a seed was bad."""
    parser = argparse.ArgumentParser(prog="tests.simulation.drill")
    parser.add_argument("--seeds", type=int, default=100_000)
    given = parser.parse_args(words)
    progress = _known()
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: stopped.append(number))
    _play(progress, given.seeds, stopped)
    _save(progress)
    _write(progress)
    if not stopped:
        PROGRESS.unlink()
    return 1 if progress.bad or stopped else 0


def _play(progress: Progress, seeds: int, stopped: list[int]) -> None:
    """Play until all are played, or a signal asks to stop: then the seed under way is played to its end."""
    with (
        TemporaryDirectory(prefix="dianyuan-", dir=SHM if os.access(SHM, os.W_OK) else None) as folder,
        BuiltStage(Path(folder)) as stage,
    ):
        begun = perf_counter()
        while progress.played < seeds and not stopped:
            ended = play(stage, draw(progress.first + progress.played))
            if stopped and ended.failure is not None:
                break  # the signal may have ended its database, too: it is played again
            progress.played += 1
            progress.strikes += sum(ended.struck.values())
            if ended.failure is not None:
                _keep(progress, ended)
            progress.seconds, begun = progress.seconds + perf_counter() - begun, perf_counter()
            if progress.played % SAVE_EVERY == 0:
                _save(progress)


def _keep(progress: Progress, ended: Ended) -> None:
    """Note a bad seed, and its plan for the corpus."""
    progress.bad.append(ended.plan.seed)
    BAD.parent.mkdir(exist_ok=True)
    with BAD.open("a") as file:
        file.write(line_of(ended.plan, ended.failure or "") + "\n")
    sys.stdout.write(f"seed {ended.plan.seed}: {ended.failure}\n")
    sys.stdout.flush()


def _known() -> Progress:
    """Return how far the drill under way has come; a new one goes on behind the last."""
    if PROGRESS.exists():
        return Progress(**loads(PROGRESS.read_text()))
    ends = [int(first) + int(played) for first, played in ROW.findall(PAGE.read_text())]
    return Progress(max([FIRST, *ends]), 0, 0.0, 0, [])


def _save(progress: Progress) -> None:
    PROGRESS.parent.mkdir(exist_ok=True)
    draft = PROGRESS.with_suffix(".new")
    draft.write_text(dumps(asdict(progress)))
    draft.rename(PROGRESS)


def _write(progress: Progress) -> None:
    """Put what was played into the page, in place of what this drill had played before."""
    rate = progress.played / max(progress.seconds, 1e-9)
    row = (
        f"| {datetime.now(UTC):%Y-%m-%d} | {progress.first} | {progress.played} | {progress.strikes} "  # noqa: TID251
        f"| {', '.join(map(str, progress.bad)) or 'none'} | {rate:.1f} |\n"
    )
    kept = re.sub(rf"^\| [\d-]+ \| {progress.first} \|.*\n", "", PAGE.read_text(), flags=re.MULTILINE)
    PAGE.write_text(kept.replace(END, f"{row}{END}", 1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
