"""The back office over the test servers."""

from collections.abc import Iterator

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import text

from backend.admin.kit.labels import labels
from backend.runtime import Runtime
from tests.flows.staff_world import Office, open_office

AUDITED = "SELECT DISTINCT jsonb_object_keys(facts) FROM audit_entry, LATERAL (VALUES (before), (after)) AS t (facts)"


class SharedBytecode(BytecodeCache):
    """Templates compiled once a process, not once for each program a story makes."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled; the bucket itself looks whether it is of this source."""
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._known[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(autouse=True, scope="session")
def shared_templates() -> Iterator[None]:
    """Let every program of this process share its compiled templates."""
    usual = Flask.jinja_options
    Flask.jinja_options = {**usual, "bytecode_cache": SharedBytecode()}
    yield
    Flask.jinja_options = usual


@pytest.fixture
def office(runtime: Runtime) -> Iterator[Office]:
    """An organisation with two parks, and a clock that a test moves; whatever a story left in the trail has a name."""
    opened = open_office(runtime)
    yield opened
    audited = runtime.database.run(lambda session: set(session.scalars(text(AUDITED))))
    assert sorted(audited - set(labels()["AuditField"])) == []
