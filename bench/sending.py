"""Start the load as a process of its own, and build the requests it sends."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.load import Told
from bench.processes import ROOT

LONGEST = 300.0


def send(
    port: int, file: Path, env: Mapping[str, str], *, rate: float = 0, connections: float = 16, repeat: float = 1
) -> Told:
    """Send the requests of a file, `repeat` times; rate: so many a second at fixed times, or 0: as fast as answered."""
    words = [str(port), str(int(connections)), str(rate), str(int(repeat)), str(file)]
    ended = subprocess.run(
        [sys.executable, "-m", "bench.load", *words],
        cwd=ROOT,
        env=dict(env),
        capture_output=True,
        timeout=LONGEST,
        check=True,
    )
    return Told(**json.loads(ended.stdout))


def http(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return a request as it goes over the wire."""
    told = {"Host": "bench", **headers} | ({"Content-Length": str(len(body))} if method == "POST" else {})
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body
