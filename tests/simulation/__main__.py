"""`python -m tests.simulation --seeds N --from K`: play seeds; the first that breaks a promise is shrunk and told."""

import argparse
import gc
import os
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.simulation.corpus import kept_plans, line_of, plan_of
from tests.simulation.plan import Plan, draw, near
from tests.simulation.shrinking import shrink
from tests.simulation.simulation import Ended, Simulation
from tests.simulation.stage import BuiltStage, Stage

SHM = Path("/dev/shm")
TELL_EVERY = 1000


def main(words: list[str]) -> int:
    """Do what the command line says; return the exit status: 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="tests.simulation")
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument("--corpus", action="store_true", help="play the plans that were bad once first")
    parser.add_argument("--near", default="", help="a line of corpus.jsonl: play this plan, then with other chances")
    parser.add_argument("--story", action="store_true", help="tell what happened in every seed")
    parser.add_argument("--no-shrink", action="store_true", help="only say which seed failed")
    given = parser.parse_args(words)
    fresh = range(given.first, given.first + given.seeds)
    drawn = near(plan_of(given.near), given.seeds) if given.near else map(draw, fresh)
    plans = [*(kept_plans() if given.corpus else ()), *drawn]
    with (
        TemporaryDirectory(prefix="dianyuan-", dir=SHM if os.access(SHM, os.W_OK) else None) as folder,
        BuiltStage(Path(folder)) as stage,
    ):
        return _play_all(stage, plans, story=given.story, small=not given.no_shrink)


def _play_all(stage: Stage, plans: list[Plan], *, story: bool, small: bool) -> int:
    begun, struck = perf_counter(), Counter[str]()
    for number, plan in enumerate(plans, start=1):
        ended = play(stage, plan)
        struck.update(ended.struck)
        if story:
            _say("\n".join(ended.lines))
        if ended.failure is not None:
            _tell_failure(stage, number, ended, small=small)
            return 1
        if number % TELL_EVERY == 0:
            _say(f"{number} seeds, {number / (perf_counter() - begun):.1f}/s")
    seconds = perf_counter() - begun
    _say(f"{len(plans)} seeds played: every promise kept; {len(plans) / seconds:.2f} seeds/s")
    _say("faults that struck: " + ", ".join(f"{name} {times}" for name, times in struck.most_common()))
    return 0


def play(stage: Stage, plan: Plan) -> Ended:
    """Play one plan to its end."""
    ended = Simulation(stage, plan).play()
    gc.collect(0)
    return ended


def _tell_failure(stage: Stage, number: int, ended: Ended, *, small: bool) -> None:
    _say(f"seed {ended.plan.seed} (the {number}. played) breaks a promise: {ended.failure}")
    if not small:
        _say(f"plan {line_of(ended.plan, ended.promise)}")
        return
    smallest = shrink(ended, lambda plan: play(stage, plan))
    _say(f"it needs only these faults: {smallest.plan.faults}")
    _say(f"and these purchases: {[(p.name, p.meter, p.amount_fen, p.habit) for p in smallest.plan.purchases]}")
    _say("what happened, in virtual seconds:")
    _say("\n".join(smallest.lines))
    _say(f"again: python -m tests.simulation --from {ended.plan.seed} --seeds 1")
    _say("to keep it, add this line to tests/simulation/corpus.jsonl:")
    _say(line_of(smallest.plan, smallest.failure or ""))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
