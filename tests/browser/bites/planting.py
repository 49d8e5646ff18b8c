"""Plant a fault in a copy of the pages, build them, and play the story that must find it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[3]
PATCHES = sorted(Path(__file__).parent.glob("*.patch"))
COPIED = (
    *("backend", "meter_bridge", "miniprogram-api", "sandbox", "migrations", "tests"),
    *("alembic.ini", "pyproject.toml", "wsgi.py"),
)
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules")
MODULES = "miniprogram-api/webhost/node_modules"
STORY = re.compile(r"^Found by: (\S+)$", re.MULTILINE)
TOUCHED = re.compile(r"^\+\+\+ b/miniprogram-api/(\S+)$", re.MULTILINE)
PATIENCE = 240
FAILED = 1  # pytest: a test failed; anything else but 0 means that the run broke down


class BrokenError(Exception):
    """The drill itself does not work: the patch no longer fits, the pages no longer build, the run broke down."""


@dataclass(frozen=True, slots=True)
class Bite:
    """A planted fault, where it is, and whether its story found it."""

    name: str
    place: str
    story: str
    found: bool


def story_of(patch: Path) -> str:
    """Return the story that must find it. Raises BrokenError."""
    named = STORY.search(patch.read_text())
    if not named:
        raise BrokenError(f"{patch.name} names no story: write a line “Found by: test_….py::test_…”")
    return named[1]


def plant(patch: Path) -> Bite:
    """Plant one fault and play its story. Raises BrokenError."""
    with copied() as tree:
        _run(["git", "apply", "--unsafe-paths", "-C1", str(patch)], tree, f"{patch.name} no longer fits")
        _run(["node", "build.mjs"], tree / "miniprogram-api/webhost", f"with {patch.name} the pages no longer build")
        played = play(tree, [story_of(patch)])
    place = ", ".join(name.removeprefix("miniprogram/") for name in TOUCHED.findall(patch.read_text()))
    return Bite(patch.stem, place, story_of(patch), played == FAILED)


@contextmanager
def copied() -> Iterator[Path]:
    """Copy what the stories need, for as long as the block lasts."""
    with TemporaryDirectory(prefix="dianyuan-") as folder:
        tree = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, tree / name, ignore=LEFT_OUT)
            else:
                shutil.copy(source, tree / name)
        (tree / MODULES).symlink_to(ROOT / MODULES)
        if (ROOT / ".browser").exists():
            (tree / ".browser").symlink_to(ROOT / ".browser")
        yield tree


def play(tree: Path, stories: list[str]) -> int:
    """Play stories of a copy; return pytest's verdict: 0 all is well, 1 a fault was found. Raises BrokenError."""
    named = [f"tests/browser/{story}" for story in stories]
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "browser", "--tb=no", *named],
        cwd=tree,
        env=_environment(tree),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE * len(stories),
    )
    if told.returncode not in (0, FAILED):
        raise BrokenError(f"{' '.join(stories)}: {told.stdout[-400:]}{told.stderr[-400:]}")
    return told.returncode


def _environment(tree: Path) -> dict[str, str]:
    path = f"{os.environ['PATH']}:{ROOT / '.browser/node/bin'}"
    ours = {
        "PATH": path,
        "PYTHONPATH": f"{tree}:{tree / 'miniprogram-api'}",
        "GIT_CEILING_DIRECTORIES": str(tree.parent),
    }
    return {**os.environ, **ours}


def _run(command: list[str], folder: Path, otherwise: str) -> None:
    done = subprocess.run(
        command, cwd=folder, env=_environment(folder), capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    if done.returncode:
        raise BrokenError(f"{otherwise}: {done.stderr.strip()[-400:]}")
