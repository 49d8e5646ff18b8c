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
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(tmp_path / "var") as server:
        yield server


def test_it_keeps_its_keys_over_a_stop(valkey: EmbeddedValkey) -> None:
    redis.Redis.from_url(valkey.url).set("key", "value")
    valkey.stop()
    assert not valkey.alive
    valkey.start()
    assert redis.Redis.from_url(valkey.url).get("key") == b"value"


def test_it_starts_again_after_it_was_killed(valkey: EmbeddedValkey) -> None:
    redis.Redis.from_url(valkey.url).set("key", "value")
    (process,) = processes_in(valkey.data)
    os.kill(process, signal.SIGKILL)
    clock = SystemClock()
    while valkey.alive:
        clock.sleep(0.001)
    valkey.start()
    assert redis.Redis.from_url(valkey.url).get("key") == b"value"


def test_it_listens_on_its_private_socket_only(valkey: EmbeddedValkey) -> None:
    assert redis.Redis.from_url(valkey.url).config_get("port") == {"port": "0"}
    assert valkey.socket_path.stat().st_mode & 0o077 == 0
