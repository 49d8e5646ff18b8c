"""Keep what the bridge says out of the way of what the tests say."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def said() -> Iterator[list[structlog.typing.EventDict]]:
    with structlog.testing.capture_logs() as lines:
        yield lines
