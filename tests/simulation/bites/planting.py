"""Plant a bug in a copy of the tree and play seeds until a promise breaks."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.bites.records import Bite

ROOT = Path(__file__).resolve().parents[3]
PATCHES = sorted(Path(__file__).parent.glob("*.patch"))
COPIED = ("backend", "meter_bridge", "miniprogram-api", "sandbox", "migrations", "tests", "alembic.ini")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "browser", "*.png")
FOUND = re.compile(r"\(the (\d+)\. played\) breaks a promise: (.*)[\s\S]*?\nplan (.*)")
SHORTEST_PATIENCE, SECONDS_A_SEED = 120.0, 5.0


class PatchError(Exception):
    """A patch no longer fits the code it was made for: make it anew."""


def plant(patch: Path, *, most: int, near: str = "") -> Bite:
    """Play at most so many seeds against the product with this bug in it. Raises PatchError.

    near: a kept plan, to be played first as it is and then with other chances; without it fresh seeds are played.
    """
    with TemporaryDirectory(prefix="dianyuan-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        apply(patch, tree)
        command = [sys.executable, "-m", "tests.simulation", "--no-shrink", "--seeds", str(most), "--near", near]
        told = subprocess.run(
            command,
            cwd=tree,
            env={**os.environ, "PYTHONPATH": f"{tree}:{tree / 'miniprogram-api'}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=max(SHORTEST_PATIENCE, most * SECONDS_A_SEED),
        )
    found = FOUND.search(told.stdout)
    if found:
        return Bite(patch.stem, int(found[1]), found[2].split(":")[0], found[3])
    return Bite(patch.stem, most, f"the run broke down: {told.stderr[-300:]}" if told.returncode else "")


def copy_tree(tree: Path) -> None:
    """Copy what a simulation needs."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, tree / name)


def apply(patch: Path, tree: Path) -> None:
    """Apply a patch to a copy. Raises PatchError."""
    applied = subprocess.run(
        ["git", "apply", "--unsafe-paths", "-C1", str(patch)],
        cwd=tree,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    if applied.returncode:
        raise PatchError(f"{patch.name}: {applied.stderr.strip()}")
