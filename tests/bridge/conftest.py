"""Keep what the bridge says out of the way of what the tests say, and its journals in memory."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import structlog


@pytest.fixture(autouse=True)
def said() -> Iterator[list[structlog.typing.EventDict]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def tmp_path(scratch: Path) -> Iterator[Path]:
    """A folder in memory: stories end a bridge as kill -9 does, which asks nothing of a disk, and wait for none."""
    with TemporaryDirectory(dir=scratch) as folder:
        yield Path(folder)
