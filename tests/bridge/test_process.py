"""The real process: enrols over HTTP, reads a meter over a socket, tells what it found, ends when told to."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from meter_bridge.simulator.park import Park
from meter_bridge.simulator.simulated_park import RunningPark
from tests.bridge.fake_backend import reference

METER, LINE, COMMAND = reference("M"), reference("L"), reference("C")


class Backend(ThreadingHTTPServer):
    """Answers what a bridge asks, from a table; keeps what it was told."""

    daemon_threads = True

    def __init__(self, meter_port: int) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.told: list[tuple[str, str | None, dict[str, Any]]] = []
        meter = {"meter": METER, "unit": 1, "serial": "000000000001", "profile": "reference_cas", "poll_seconds": 60}
        line = {
            "line": LINE, "fence": 1, "lease_seconds": 30, "kind": "rtu_over_tcp", "host": "127.0.0.1",
            "port": meter_port, "baud": 9600, "timeout_ms": 1000, "quiet_ms": 100, "meters": [meter],
        }  # fmt: skip
        work = {
            "command": COMMAND, "meter": METER, "line": LINE, "fence": 1, "kind": "read_now", "phase": "deliver",
            "request_id": "req-7",
        }  # fmt: skip
        self.replies: dict[str, dict[str, Any]] = {
            "enrol": {"bridge": reference("B"), "access_token": "let-me-in", "verify_key": "00" * 32},
            "heartbeat": {"lines": [line], "heartbeat_seconds": 1},
            "claim": {"work": [work]},
            f"commands/{COMMAND}/outcome": {"state": "confirmed"},
            "readings": {"stored": 1},
        }

    def first(self, path: str) -> tuple[str, str | None, dict[str, Any]] | None:
        return next((told for told in self.told if told[0] == path), None)


class Asked(BaseHTTPRequestHandler):
    server: Backend

    def do_POST(self) -> None:
        path = self.path.removeprefix("/bridge/v1/")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        allowed = path == "enrol" or self.headers["Authorization"] == "Bearer let-me-in"
        reply = json.dumps(self.server.replies[path] if allowed else {"code": "bad_token"}).encode()
        if path == "claim":
            self.server.replies["claim"] = {"work": []}
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)
        self.server.told.append((path, self.headers["X-Request-Id"], body))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- its name in the base class
        return


@contextmanager
def serving(backend: Backend) -> Iterator[Backend]:
    thread = threading.Thread(target=backend.serve_forever, daemon=True)
    thread.start()
    try:
        yield backend
    finally:
        backend.shutdown()
        backend.server_close()


def until_told(backend: Backend, *paths: str) -> None:
    deadline = time.monotonic() + 20
    while not all(backend.first(path) for path in paths):
        assert time.monotonic() < deadline, [told[0] for told in backend.told]
        threading.Event().wait(0.02)


def test_a_bridge_process_enrols_reads_and_tells(tmp_path: Path) -> None:
    standing = {"unit": 1, "profile": "reference_cas", "serial": "000000000001", "balance_fen": 1234}
    park = Park.model_validate({"line": [{"name": "a", "kind": "rtu_over_tcp", "meter": [standing]}]})
    state = tmp_path / "bridge"
    state.mkdir()
    (state / "enrolment.token").write_text("shown-once")
    with RunningPark(park) as simulated, serving(Backend(simulated.port())) as backend:
        command = [sys.executable, "-m", "meter_bridge", "--api", f"http://127.0.0.1:{backend.server_port}"]
        command += ["--state", str(state)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            until_told(backend, f"commands/{COMMAND}/outcome", "readings")
            second = subprocess.run(command, capture_output=True, text=True, check=False)
            process.send_signal(signal.SIGTERM)
            _, logs = process.communicate(timeout=15)
    outcome = backend.first(f"commands/{COMMAND}/outcome")
    assert outcome is not None
    assert (outcome[1], outcome[2]["write"], outcome[2]["after"]["balance"]) == ("req-7", "none", 1234)
    assert (process.returncode, second.returncode) == (0, 2)
    assert "another process works in" in second.stderr
    lines = [json.loads(line) for line in logs.splitlines()]
    assert any(line["event"] == "command_begins" and line["request_id"] == "req-7" for line in lines)
    assert "let-me-in" not in logs
    assert "shown-once" not in logs
