"""Partitions are made while readings are read: who is in the way is let through, and nobody waits for long."""

from time import monotonic
from typing import Any

import pytest
from sqlalchemy import text

from backend.jobs.drains import DRAINS, run_one
from backend.metering.history.partitions import keep_partitions, make_partitions_ahead
from backend.runtime import Runtime

MADE = text("SELECT count(*) FROM reading_partition WHERE starts IS NOT NULL")
READ = text("SELECT count(*) FROM reading")


@pytest.fixture(autouse=True)
def no_partitions(superuser: Any) -> None:
    """Drop the partitions other tests made."""
    with superuser.begin() as connection:
        for row in connection.execute(text("SELECT name FROM reading_partition WHERE starts IS NOT NULL")).all():
            connection.execute(text(f"DROP TABLE {row.name}"))


def _made(runtime: Runtime) -> int:
    return runtime.database.run(lambda session: session.scalar(MADE)) or 0


def test_a_long_look_at_readings_is_let_through_and_partitions_are_made_a_minute_later(
    runtime: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    began = monotonic()
    with runtime.database.transaction() as somebody:
        somebody.execute(READ)
        run_one(runtime, "partitions")
        assert _made(runtime) == 0
        assert monotonic() - began < 5
    told = capsys.readouterr()
    assert "does not answer" not in told.out + told.err
    assert DRAINS["partitions"](runtime) == 0, "not at once"
    a_minute = text("UPDATE duty SET due_at = due_at - interval '61 seconds' WHERE name = 'partitions'")
    runtime.database.run(lambda session: session.execute(a_minute))
    assert DRAINS["partitions"](runtime) > 0
    assert _made(runtime) > 0


def test_what_was_made_ahead_is_not_made_again(runtime: Runtime) -> None:
    assert runtime.database.run(make_partitions_ahead) > 0
    with runtime.database.transaction() as somebody:
        somebody.execute(READ)
        assert runtime.database.run(lambda session: keep_partitions(session, kept_months=13)) == 0
