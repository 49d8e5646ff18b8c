"""The embedded Valkey: keeps its keys over a crash, listens nowhere but on its socket."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from backend.embedded.places import processes_in
from backend.embedded.valkey import EmbeddedValkey
from backend.kernel.clock import SystemClock


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(tmp_path / "var") as server:
        yield server


def test_it_keeps_its_keys_over_a_stop(server: EmbeddedValkey) -> None:
    redis.Redis.from_url(server.url).set("key", "value")
    server.stop()
    assert not server.alive
    server.start()
    assert redis.Redis.from_url(server.url).get("key") == b"value"


def test_it_starts_again_after_it_was_killed(server: EmbeddedValkey) -> None:
    redis.Redis.from_url(server.url).set("key", "value")
    (process,) = processes_in(server.data)
    os.kill(process, signal.SIGKILL)
    clock = SystemClock()
    while server.alive:
        clock.sleep(0.001)
    server.start()
    assert redis.Redis.from_url(server.url).get("key") == b"value"


def test_it_listens_on_its_private_socket_only(server: EmbeddedValkey) -> None:
    assert redis.Redis.from_url(server.url).config_get("port") == {"port": "0"}
    assert server.socket_path.stat().st_mode & 0o077 == 0
