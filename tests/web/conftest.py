"""The back office over the test servers."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from backend.admin.kit.labels import labels
from backend.runtime import Runtime
from tests.flows.staff_world import Office, open_office

AUDITED = "SELECT DISTINCT jsonb_object_keys(facts) FROM audit_entry, LATERAL (VALUES (before), (after)) AS t (facts)"


@pytest.fixture
def office(runtime: Runtime) -> Iterator[Office]:
    """An organisation with two parks, and a clock that a test moves; whatever a story left in the trail has a name."""
    opened = open_office(runtime)
    yield opened
    audited = runtime.database.run(lambda session: set(session.scalars(text(AUDITED))))
    assert sorted(audited - set(labels()["AuditField"])) == []
