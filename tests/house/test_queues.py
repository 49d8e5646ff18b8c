"""Work that is asked for is done by somebody."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.cli.supervision.plan import Plan
from backend.jobs import drains
from backend.jobs.drains import DRAINS, run_all
from backend.kernel import queue
from backend.kernel.clock import SystemClock
from backend.kernel.settings import Settings
from backend.runtime import Runtime
from tests.house.sources import Module, modules, name_of, parse


def _calls(module: Module, of: str) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and name_of(node.func) == of:
            yield node


def _worked() -> list[list[str]]:
    """Return the queues that each kind of worker listens to."""
    workers = [c.args[0] for m in modules("backend/cli") for c in _calls(m, "DrainWorker")]
    return [[str(getattr(queue, name_of(q))) for q in w.elts] for w in workers if isinstance(w, ast.List)]


def _drains_started(module: Module) -> list[str]:
    asked = [c.args[0] for c in _calls(module, "start") if isinstance(c.func, ast.Attribute) and c.args]
    return [a.value for a in asked if isinstance(a, ast.Constant) and isinstance(a.value, str)]


def test_every_queue_has_a_worker_of_its_own() -> None:
    rq = [m for m in modules("backend") if "from rq import" in m.text]
    used = {str(getattr(queue, name_of(c.args[0]))) for m in rq for c in _calls(m, "Queue")}
    worked = _worked()
    assert {name for names in worked for name in names} == used
    assert [names for names in worked if len(names) != 1] == [], "a worker of several queues loses jobs when killed"


def test_the_process_tree_has_a_ticker_and_a_worker_for_each_queue(settings: Settings, tmp_path: Path) -> None:
    names = [unit.name for unit in Plan(settings, tmp_path, SystemClock()).units()]
    assert names.count("ticker") == 1
    assert names.count("worker") == len(_worked())


def test_every_drain_asked_for_exists() -> None:
    started = [name for m in modules("backend", "miniprogram-api") for name in _drains_started(m)]
    assert started
    assert set(started) - set(DRAINS) == set()


def test_the_ticker_runs_every_drain_although_one_fails(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def failing(_: Runtime) -> int:
        ran.append("failing")
        raise ValueError

    def working(_: Runtime) -> int:
        ran.append("working")
        return 0

    monkeypatch.setattr(drains, "DRAINS", {"one": failing, "two": working})
    run_all(runtime)
    assert ran == ["failing", "working"]


def test_a_drain_of_no_name_would_be_found() -> None:
    assert _drains_started(parse("here.queue.start('evnets')")) == ["evnets"]
