"""The second fence: a transaction of one organisation sees and writes nothing of another, whatever was forgotten."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from backend.estate.models import Holder, HolderKind, Park
from backend.kernel.db import Session
from backend.runtime import Runtime
from backend.tables import METADATA
from tests import park

# Where no policy stands, and why.
OPEN = {
    "reading": "parted by time: policies would stand on each partition",
    "hour_register": "the same",
    "register_due": "one job freezes for everybody",
    "event": "told for everybody by one job",
}


def test_every_table_with_an_owner_is_fenced_and_those_that_are_not_say_why(runtime: Runtime) -> None:
    owned = {table.name for table in METADATA.tables.values() if "organisation_id" in table.c}
    with runtime.database.transaction() as session:
        fenced = set(session.scalars(text("SELECT tablename FROM pg_policies WHERE policyname = 'fence'")))
        on = set(session.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity")))
    assert fenced == on == owned - set(OPEN)


def test_a_forgotten_condition_finds_nothing_of_another_organisation(runtime: Runtime) -> None:
    ours, theirs = park.build(runtime), park.build(runtime, name="Dora's park")
    fenced = runtime.database.within(ours.organisation.id)
    filled = 0
    for table in METADATA.sorted_tables:
        if "organisation_id" not in table.c or table.name in OPEN:
            continue
        count = select(func.count()).select_from(table)
        foreign = count.where(table.c.organisation_id == theirs.organisation.id)
        with fenced.transaction() as inside, runtime.database.transaction() as outside:
            assert inside.scalar(foreign) == 0, table.name
            filled += bool(outside.scalar(foreign))
    assert filled > 10


def test_nothing_is_written_into_another_organisation(runtime: Runtime) -> None:
    ours, theirs = park.build(runtime), park.build(runtime, name="Dora's park")
    fenced = runtime.database.within(ours.organisation.id)

    def planted(session: Session) -> None:
        session.add(Holder(organisation_id=theirs.organisation.id, name="planted", kind=HolderKind.PERSON))
        session.flush()

    with pytest.raises(ProgrammingError, match="row-level security"):
        fenced.run(planted)
    fenced.run(lambda session: session.execute(text("UPDATE park SET name = name || '!'")))
    fenced.run(lambda session: session.execute(text("DELETE FROM tenancy")))
    with runtime.database.transaction() as session:
        names = session.scalars(select(Park.name).order_by(Park.id)).all()
    assert names == ["Alice's park!", "Dora's park"]


def test_a_fence_stands_for_one_transaction_and_the_connection_forgets_it(runtime: Runtime) -> None:
    ours = park.build(runtime)
    park.build(runtime, name="Dora's park")
    for _ in range(5):
        with runtime.database.within(ours.organisation.id).reading() as session:
            assert len(session.scalars(select(Park)).all()) == 1
        with runtime.database.reading() as session:
            assert len(session.scalars(select(Park)).all()) == 2
        with runtime.database.transaction() as session:
            assert len(session.scalars(select(Park)).all()) == 2
