"""`python -m tests.simulation.drill --seeds N`: the long run, which can be stopped and goes on where it stopped."""

import argparse
import os
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from json import dumps, loads
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.simulation.__main__ import SHM, play
from tests.simulation.plan import draw
from tests.simulation.stage import BuiltStage

ROOT = Path(__file__).resolve().parents[2]
PROGRESS = ROOT / "build/simulation.json"
PAGE = ROOT / "docs/drills.md"
END = "<!-- end of seeds -->"
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
    with (
        TemporaryDirectory(prefix="dianyuan-", dir=SHM if os.access(SHM, os.W_OK) else None) as folder,
        BuiltStage(Path(folder)) as stage,
    ):
        begun = perf_counter()
        while progress.played < given.seeds:
            ended = play(stage, draw(progress.first + progress.played))
            progress.played += 1
            progress.strikes += sum(ended.struck.values())
            if ended.failure is not None:
                progress.bad.append(ended.plan.seed)
                sys.stdout.write(f"seed {ended.plan.seed}: {ended.failure}\n")
                sys.stdout.flush()
            if progress.played % SAVE_EVERY == 0 or progress.played == given.seeds:
                progress.seconds += perf_counter() - begun
                begun = perf_counter()
                _save(progress)
    _write(progress)
    PROGRESS.unlink()
    return 1 if progress.bad else 0


def _known() -> Progress:
    return Progress(**loads(PROGRESS.read_text())) if PROGRESS.exists() else Progress(FIRST, 0, 0.0, 0, [])


def _save(progress: Progress) -> None:
    PROGRESS.parent.mkdir(exist_ok=True)
    draft = PROGRESS.with_suffix(".new")
    draft.write_text(dumps(asdict(progress)))
    draft.rename(PROGRESS)


def _write(progress: Progress) -> None:
    rate = progress.played / max(progress.seconds, 1e-9)
    row = (
        f"| {datetime.now(UTC):%Y-%m-%d} | {progress.first} | {progress.played} | {progress.strikes} "  # noqa: TID251
        f"| {', '.join(map(str, progress.bad)) or 'none'} | {rate:.1f} |\n"
    )
    PAGE.write_text(PAGE.read_text().replace(END, f"{row}{END}", 1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
