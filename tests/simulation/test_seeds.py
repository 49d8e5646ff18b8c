"""Seeds nobody has played before, seeds that were bad once, and the proof that a seed always plays the same."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from backend.embedded.postgres import EmbeddedPostgres
from tests.simulation.__main__ import play
from tests.simulation.corpus import kept_plans, line_of, plan_of
from tests.simulation.plan import FAULTS, draw
from tests.simulation.simulation import Ended
from tests.simulation.stage import Stage

FRESH = int(os.environ.get("SIMULATION_SEEDS", "1000"))
CHUNK = 50


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, postgres: EmbeddedPostgres) -> Iterator[Stage]:
    """The stage of this test process."""
    made = Stage(tmp_path_factory.mktemp("stage"), postgres)
    yield made
    made.close()


@cache
def base() -> int:
    """Return where the fresh seeds of this day and revision begin."""
    command = ["git", "rev-parse", "HEAD"]
    revision = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent).stdout
    today = datetime.now(UTC).date()  # noqa: TID251 another day, other seeds
    return int(sha256(f"{today} {revision}".encode()).hexdigest()[:8], 16)


def keeps_every_promise(ended: Ended) -> bool:
    """Fail with what a person needs to see it again."""
    again = f"python -m tests.simulation --from {ended.plan.seed} --seeds 1"
    assert ended.failure is None, f"seed {ended.plan.seed}: {ended.failure}\n{again} shrinks it and tells the story"
    return True


@pytest.mark.parametrize("chunk", range(-(-FRESH // CHUNK)))
def test_fresh_seeds_lose_nothing_double_nothing_and_settle(stage: Stage, chunk: int) -> None:
    first = base() + chunk * CHUNK
    print(f"seeds {first} to {first + CHUNK - 1}")  # noqa: T201 shown when it fails
    assert all(keeps_every_promise(play(stage, draw(seed))) for seed in range(first, first + CHUNK))


def test_plans_that_were_bad_once_are_good(stage: Stage) -> None:
    assert all(keeps_every_promise(play(stage, plan)) for plan in kept_plans())


def test_a_kept_plan_is_the_plan_that_was_bad() -> None:
    assert all(plan_of(line_of(plan, "why")) == plan for plan in map(draw, range(20)))
    assert {fault for plan in kept_plans() for fault in plan.faults} <= set(FAULTS)


def test_the_same_seed_plays_the_same(stage: Stage) -> None:
    seeds = range(base(), base() + 5)
    first = [play(stage, draw(seed)).hash for seed in seeds]
    assert [play(stage, draw(seed)).hash for seed in reversed(seeds)] == first[::-1]
    assert len(set(first)) == len(first)


def test_every_fault_is_drawn_now_and_then() -> None:
    drawn = {fault for seed in range(300) for fault in draw(seed).faults}
    assert drawn == set(FAULTS)


def test_leaving_a_fault_out_changes_no_other_chance() -> None:
    plan = next(plan for plan in map(draw, range(100)) if len(plan.faults) > 1)
    gone, kept = list(plan.faults)[:2]
    smaller = plan.without(gone)
    assert gone not in smaller.faults
    assert smaller.stream(kept).random() == plan.stream(kept).random()
