"""A connection that the server ended costs a second try, and never a second effect."""

import os
from collections.abc import Callable
from socket import SHUT_RDWR, socket
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from backend.estate.building import add_organisation
from backend.estate.models import Organisation
from backend.kernel.db import Database, Session


def pid(session: Session) -> int:
    """Return which server process serves this transaction."""
    return int(session.run_sql("SELECT pg_backend_pid()").scalar_one())


def end(superuser: Engine, *pids: int) -> None:
    """End server processes, as an administrator or a restart does, and wait until they are gone."""
    with superuser.connect() as connection:
        for one in pids:
            assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": one})


def organisations(database: Database) -> list[str]:
    """Return the names that were kept."""
    return database.run(lambda session: list(session.scalars(select(Organisation.name).order_by(Organisation.id))))


def test_a_connection_that_ended_while_nobody_used_it_is_not_given_out(database: Database, superuser: Engine) -> None:
    for use in (database.transaction, database.reading):
        with use() as session:
            served = pid(session)
        end(superuser, served)
        with use() as session:
            assert pid(session) != served


def built(session: Session) -> int:
    """Ask by a statement that SQLAlchemy builds."""
    return int(session.scalars(select(func.count()).select_from(Organisation)).one())


def written(session: Session) -> int:
    """Ask by a statement as it is written."""
    return int(session.run_sql("SELECT count(*) FROM organisation").scalar_one())


def ended_by_server(session: Session, superuser: Engine) -> None:
    """Let the server end this connection, and say so."""
    end(superuser, pid(session))


def cut(session: Session, _: Engine) -> None:
    """Cut the wire, so that nobody says anything."""
    driver: Any = session.connection().connection.driver_connection
    with socket(fileno=os.dup(driver.fileno())) as wire:
        wire.shutdown(SHUT_RDWR)


@pytest.mark.parametrize("break_off", [ended_by_server, cut])
@pytest.mark.parametrize("ask", [built, written])
def test_work_whose_connection_ends_before_the_commit_is_done_again_once(
    database: Database,
    superuser: Engine,
    ask: Callable[[Session], int],
    break_off: Callable[[Session, Engine], None],
) -> None:
    served = list[int]()

    def work(session: Session) -> int:
        served.append(pid(session))
        add_organisation(session, name=f"try {len(served)}")
        if len(served) == 1:
            session.flush()
            break_off(session, superuser)
        return ask(session)

    assert database.run(work) == 1
    assert len(served) == 2
    assert organisations(database) == ["try 2"]


@pytest.mark.parametrize("break_off", [ended_by_server, cut])
@pytest.mark.parametrize("ask", [built, written])
def test_work_whose_connection_ends_within_a_savepoint_is_done_again_once(
    database: Database,
    superuser: Engine,
    ask: Callable[[Session], int],
    break_off: Callable[[Session, Engine], None],
) -> None:
    served = list[int]()

    def work(session: Session) -> int:
        served.append(pid(session))
        add_organisation(session, name=f"try {len(served)}")
        with session.begin_nested():
            session.run_sql("UPDATE organisation SET name = name || ', nested'")
            if len(served) == 1:
                break_off(session, superuser)
            return ask(session)

    assert database.run(work) == 1
    assert len(served) == 2
    assert organisations(database) == ["try 2, nested"]


@pytest.mark.parametrize("break_off", [ended_by_server, cut])
@pytest.mark.parametrize("ask", [built, written])
def test_reading_whose_connection_ends_is_done_again(
    database: Database,
    superuser: Engine,
    ask: Callable[[Session], int],
    break_off: Callable[[Session, Engine], None],
) -> None:
    served = list[int]()

    def look(session: Session) -> int:
        served.append(pid(session))
        if len(served) == 1:
            break_off(session, superuser)
        return ask(session)

    assert database.read(look) == 0
    assert len(set(served)) == 2


def test_what_is_wrong_with_reading_itself_is_not_tried_again(database: Database) -> None:
    tries = list[int]()

    def look(session: Session) -> None:
        tries.append(1)
        session.run_sql("SELECT nonsense")

    with pytest.raises(ProgrammingError):
        database.read(look)
    assert len(tries) == 1


def test_a_commit_that_was_sent_is_never_followed_by_a_second_try(database: Database, superuser: Engine) -> None:
    tries = list[int]()

    def strike(connection: Any) -> None:
        if tries:
            end(superuser, tries[-1])

    def work(session: Session) -> None:
        tries.append(pid(session))
        add_organisation(session, name="once")

    event.listen(database.engine, "commit", strike)
    try:
        with pytest.raises(DBAPIError):
            database.run(work)
    finally:
        event.remove(database.engine, "commit", strike)
    assert len(tries) == 1
    assert organisations(database) == []


def test_a_mistake_of_ours_is_not_tried_again(database: Database) -> None:
    tries = list[int]()

    def work(session: Session) -> None:
        tries.append(1)
        session.run_sql("SELECT nonsense")

    with pytest.raises(ProgrammingError):
        database.run(work)
    assert len(tries) == 1


def test_reading_leaves_the_connection_as_transactions_need_it(database: Database) -> None:
    with database.reading() as session:
        assert session.run_sql("SELECT 1").scalar_one() == 1

    def work(session: Session) -> None:
        add_organisation(session, name="rolled back")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.run(work)
    assert organisations(database) == []
