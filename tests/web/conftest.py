"""The back office over the test servers."""

import pytest

from backend.runtime import Runtime
from tests.flows.staff_world import Office, open_office


@pytest.fixture
def office(runtime: Runtime) -> Office:
    """An organisation with two parks, and a clock that a test moves."""
    return open_office(runtime)
