"""The supervisor with small real processes: order, restarts, clean stops."""

import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from backend.cli.supervision.console import Console
from backend.cli.supervision.process import Listen, Process, Unit
from backend.cli.supervision.supervisor import StartError, Supervisor
from backend.embedded.places import await_unused, processes_in
from backend.kernel.clock import SystemClock

ENV = {"PATH": os.environ["PATH"]}
POLITE = 'trap "echo {0} says bye; exit 0" TERM; echo {0} is up; while :; do sleep 0.02; done'
STUBBORN = 'trap "" TERM; echo up; while :; do sleep 0.02; done'


class HastyClock:
    """A clock that runs fifty times as fast as the machine's."""

    def __init__(self) -> None:
        self._real = SystemClock()

    def now(self) -> datetime:
        return self._real.now()

    def monotonic(self) -> float:
        return self._real.monotonic() * 50

    def sleep(self, seconds: float) -> None:
        self._real.sleep(seconds / 50)


class Stage(io.StringIO):
    """What people would see, with things to do when certain words come up."""

    def __init__(self) -> None:
        super().__init__()
        self.cues: list[tuple[str, Callable[[], object]]] = []

    def write(self, text: str) -> int:
        written = super().write(text)
        if self.cues and self.cues[0][0] in text:
            self.cues.pop(0)[1]()
        return written

    def lines(self) -> list[str]:
        return [line.split("| ", 1)[1] for line in self.getvalue().splitlines()]


class Theatre:
    """A supervisor of shell scripts whose output is a Stage."""

    def __init__(self, logs: Path, *units: Unit, hasty: bool = False, **limits: float) -> None:
        clock = HastyClock() if hasty else SystemClock()
        self.stage = Stage()
        console = Console(self.stage, logs, clock=clock)
        self.supervisor = Supervisor(units, console=console, clock=clock, **limits)

    def on(self, words: str, action: Callable[[], object]) -> None:
        self.stage.cues.append((words, action))

    def play(self) -> list[str]:
        self.supervisor.run(lambda: None)
        return self.stage.lines()


def script(name: str, text: str, *, one_shot: bool = False, listens: tuple[Listen, ...] = ()) -> Process:
    return Process(name, ("/bin/sh", "-c", text), ENV, one_shot=one_shot, listens=listens)


def test_a_one_shot_ends_before_the_next_unit_starts(tmp_path: Path) -> None:
    theatre = Theatre(
        tmp_path, script("first", "sleep 0.1; echo done", one_shot=True), script("second", POLITE.format("second"))
    )
    theatre.on("second is up", theatre.supervisor.request_stop)
    lines = theatre.play()
    assert lines.index("done") < lines.index("second: starts")
    assert (tmp_path / "first.log").read_text() == "done\n"


def test_units_stop_cleanly_in_reverse_order(tmp_path: Path) -> None:
    theatre = Theatre(tmp_path, *(script(name, POLITE.format(name)) for name in ("a", "b", "c")))
    theatre.on("c is up", theatre.supervisor.request_stop)
    lines = theatre.play()
    assert [line for line in lines if "bye" in line] == ["c says bye", "b says bye", "a says bye"]
    assert lines[-1] == "everything has stopped"


def test_a_unit_that_does_not_end_by_itself_is_killed_after_the_grace(tmp_path: Path) -> None:
    theatre = Theatre(tmp_path, script("mule", STUBBORN), grace=0.2)
    theatre.on("up", theatre.supervisor.request_stop)
    assert "mule does not end by itself and is killed" in theatre.play()


def test_a_killed_unit_starts_again(tmp_path: Path) -> None:
    theatre = Theatre(tmp_path, script("web", "echo I am $$; while :; do sleep 0.02; done"), hasty=True)
    first = []

    def kill() -> None:
        first.append(int(theatre.stage.lines()[-1].split()[-1]))
        os.kill(first[0], signal.SIGKILL)

    theatre.on("I am", kill)
    theatre.on("I am", theatre.supervisor.request_stop)
    lines = theatre.play()
    assert "web was ended by SIGKILL; it starts again in 0.5 s" in lines
    assert lines[-2] != f"I am {first[0]}"


def test_a_crashing_unit_waits_longer_each_time_but_never_too_long(tmp_path: Path) -> None:
    crashing = script("web", "sleep 0.02; exit 3")
    theatre = Theatre(tmp_path, crashing, hasty=True)
    theatre.on("starts again in 5 s", lambda: None)
    theatre.on("starts again in 5 s", theatre.supervisor.request_stop)
    waits = [line.split("again in ")[1] for line in theatre.play() if "ended with code 3" in line]
    assert waits == ["0.5 s", "1 s", "2 s", "4 s", "5 s", "5 s"]


def test_what_a_killed_unit_started_ends_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    unit = Process("web", ("/bin/sh", "-c", "sleep 60 & echo I am $$; wait"), ENV, cwd=folder)
    theatre = Theatre(tmp_path, unit, hasty=True)
    theatre.on("I am", lambda: os.kill(int(theatre.stage.lines()[-1].split()[-1]), signal.SIGKILL))
    theatre.on("starts again in", theatre.supervisor.request_stop)
    theatre.play()
    await_unused(folder, SystemClock(), seconds=5)


def test_a_failing_one_shot_stops_everything_and_shows_its_output(tmp_path: Path) -> None:
    failing = script("migrate", "echo no such table; exit 4", one_shot=True)
    theatre = Theatre(tmp_path, script("base", POLITE.format("base")), failing)
    with pytest.raises(StartError, match=r"migrate ended with code 4, so nothing more is started; .*migrate.log"):
        theatre.play()
    assert "no such table" in theatre.stage.lines()
    assert theatre.stage.lines()[-1] == "everything has stopped"


def test_a_unit_that_never_listens_is_given_up_in_time(tmp_path: Path) -> None:
    deaf = script("web", STUBBORN, listens=(Listen("127.0.0.1", free_port()),))
    theatre = Theatre(tmp_path, deaf, ready_seconds=0.2, grace=0.1)
    with pytest.raises(StartError, match=r"web was not ready within 0.2 s"):
        theatre.play()


def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="web cannot start"):
        Theatre(tmp_path, Process("web", ("/nonexistent/program",), ENV)).play()


def test_a_unit_is_ready_once_it_answers_http(tmp_path: Path) -> None:
    port = free_port()
    argv = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port))
    web = Process("web", argv, ENV, cwd=tmp_path, listens=(Listen("127.0.0.1", port),), http_path="/")
    theatre = Theatre(tmp_path / "logs", web, script("next", "echo next is up; sleep 60"))
    theatre.on("next is up", theatre.supervisor.request_stop)
    theatre.play()
    assert "GET / HTTP/1.1" in (tmp_path / "logs" / "web.log").read_text()


def test_a_taken_port_is_named_with_the_setting_that_moves_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert Listen.parse(f"127.0.0.1:{port}", "WEB_ADDRESS").obstacle() == (
            f"cannot listen on 127.0.0.1:{port} (Address already in use); set WEB_ADDRESS to another host:port"
        )
    assert Listen("127.0.0.1", port).obstacle() is None


def test_units_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    program = f"""if 1:
        import sys, pathlib
        from tests.unit.test_supervisor import ENV, Console, Process, Supervisor, SystemClock
        argv = ("/bin/sh", "-c", "echo up; exec sleep 60")
        unit = Process("web", argv, ENV, cwd=pathlib.Path({str(inside)!r}))
        console = Console(sys.stdout, pathlib.Path({str(tmp_path)!r}), clock=SystemClock())
        Supervisor([unit], console=console, clock=SystemClock()).run(lambda: None)
    """
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=root) as supervisor:
        assert supervisor.stdout is not None
        assert any("up" in line for line in iter(supervisor.stdout.readline, "") if "starts" not in line)
        assert processes_in(inside)
        supervisor.kill()
    await_unused(inside, SystemClock(), seconds=5)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
