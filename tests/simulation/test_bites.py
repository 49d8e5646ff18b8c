"""The simulation would find these bugs: three planted ones each day in turn, and every patch still fits."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.simulation.bites.planting import PATCHES, apply, copy_tree, plant
from tests.simulation.bites.records import Bite, known

PLANTED_A_DAY = 3
MOST = 150
FEWEST = 20


def today() -> list[Bite]:
    """Return the planted bugs whose turn it is, of those the drill found."""
    day, bites = datetime.now(UTC).date().toordinal(), [bite for bite in known().values() if bite.found]  # noqa: TID251 another day, other bugs
    return [bites[(day * PLANTED_A_DAY + turn) % len(bites)] for turn in range(PLANTED_A_DAY)]


@pytest.mark.parametrize("turn", range(PLANTED_A_DAY))
def test_a_planted_bug_is_found(turn: int) -> None:
    """The plan that found it comes first, then its neighbours: the simulation may have changed since."""
    bite = today()[turn]
    patch = next(patch for patch in PATCHES if patch.stem == bite.name)
    assert plant(patch, most=MOST, near=bite.plan).found, f"{bite.name}: python -m tests.simulation.bites {bite.name}"


def test_every_patch_still_fits_the_code_it_was_made_for(tmp_path: Path) -> None:
    assert len(PATCHES) >= FEWEST
    for patch in PATCHES:
        tree = tmp_path / patch.stem
        tree.mkdir()
        for line in patch.read_text().splitlines():
            if line.startswith("--- a/"):
                place = Path(line.removeprefix("--- a/"))
                (tree / place).parent.mkdir(parents=True, exist_ok=True)
                (tree / place).write_text((Path(__file__).parents[2] / place).read_text())
        apply(patch, tree)


def test_a_copy_holds_all_that_a_simulation_needs(tmp_path: Path) -> None:
    copy_tree(tmp_path)
    assert (tmp_path / "tests/simulation/plan.py").exists()
