"""What a command says that cannot begin."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _said(folder: Path, *command: str, **more: str) -> str:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    told = subprocess.run(
        [sys.executable, "-m", "backend.cli", *command],
        cwd=ROOT,
        env=kept | {"VAR_DIR": str(folder)} | more,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert told.returncode == 1
    return told.stderr


def test_a_command_where_nothing_was_started_says_so_in_one_sentence(tmp_path: Path) -> None:
    said = _said(tmp_path, "staff", "code", "alice")
    assert ("make run" in said, str(tmp_path) in said, len(said.splitlines())) == (True, True, 1)
    assert "pydantic" not in said


def test_a_setting_that_does_not_fit_is_named(tmp_path: Path) -> None:
    said = _said(tmp_path, "staff", "code", "alice", READING_SLOT_MINUTES="many")
    assert ("READING_SLOT_MINUTES" in said, "pydantic" in said) == (True, False)
