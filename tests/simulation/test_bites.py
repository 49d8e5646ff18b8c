"""The simulation would find these bugs: three planted ones each day in turn, and every patch still fits."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.simulation.bites.planting import PATCHES, apply, copy_tree, plant

PLANTED_A_DAY = 3
MOST = 150
FEWEST = 20


def today() -> list[Path]:
    """Return the patches whose turn it is."""
    day = datetime.now(UTC).date().toordinal()  # noqa: TID251 another day, other bugs
    return [PATCHES[(day * PLANTED_A_DAY + turn) % len(PATCHES)] for turn in range(PLANTED_A_DAY)]


@pytest.mark.parametrize("turn", range(PLANTED_A_DAY))
def test_a_planted_bug_is_found(turn: int) -> None:
    patch = today()[turn]
    assert plant(patch, most=MOST).seeds is not None, patch.stem


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
