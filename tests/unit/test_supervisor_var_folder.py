"""VAR_DIR is ours, private, held by one run, and cleared only where we wrote; lines reach console and files."""

import io
import os
import subprocess
from pathlib import Path

import pytest

from backend.cli.supervision.console import Console
from backend.cli.supervision.leftovers import end_leftovers, mark_of
from backend.cli.supervision.var_folder import VarFolderError, clear, held
from backend.kernel.clock import SystemClock


def test_a_second_run_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    var_dir = tmp_path / "var"
    with held(var_dir), pytest.raises(VarFolderError, match=rf"in use by the run with process number {os.getpid()};"):
        held(var_dir).__enter__()
    with held(var_dir):
        assert var_dir.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    before = tmp_path.stat().st_mode
    with pytest.raises(VarFolderError, match="not ours"), held(tmp_path):
        pass
    assert tmp_path.stat().st_mode == before
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


def test_a_fresh_start_clears_what_a_run_wrote_and_nothing_else(tmp_path: Path) -> None:
    var_dir = tmp_path / "var"
    with held(var_dir):
        for name in ("pg", "valkey", "sandbox", "simulator", "bridge", "logs", "letters"):
            (var_dir / name).mkdir()
        (var_dir / "park.toml").write_text("")
        (var_dir / "demo.json").write_text("")
        (var_dir / "secrets.toml").write_text("kept")
        clear(var_dir, SystemClock())
    assert sorted(path.name for path in var_dir.iterdir()) == ["letters", "run.lock", "secrets.toml"]


def test_processes_of_a_killed_run_are_ended_before_the_next(tmp_path: Path) -> None:
    stubborn = ["/bin/sh", "-c", 'trap "" TERM; while :; do sleep 0.05; done']
    with subprocess.Popen(stubborn, env={"PATH": os.environ["PATH"], **mark_of(tmp_path)}) as left:
        while not end_leftovers(tmp_path, SystemClock(), grace=0.0):
            pass  # the fork may not have become the program yet
        assert left.wait(5) == -9
    assert end_leftovers(tmp_path, SystemClock()) == 0


def test_a_line_is_coloured_on_a_terminal_only_and_plain_in_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    pipe, terminal = io.StringIO(), Terminal()
    for out in (pipe, terminal):
        console = Console(out, tmp_path, clock=SystemClock(), width=4)
        console.line("web", "\x1b[1mhello\x1b[0m")
        console.close()
    assert pipe.getvalue() == "web  | hello\n"
    assert terminal.getvalue() == "\x1b[36mweb  |\x1b[0m \x1b[1mhello\x1b[0m\n"
    assert (tmp_path / "web.log").read_text() == "hello\nhello\n"
