"""What was booked stays as it was booked: for the role app, for the role owner, and in the code."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError

from backend.audit.recording import SYSTEM, record
from backend.audit.sealing import seal_pending
from backend.embedded.postgres import EmbeddedPostgres
from backend.estate.models import Park
from backend.kernel.db import Database
from backend.lifecycle.paying import take_payment
from backend.payments.provider import Payment
from backend.runtime import Runtime
from backend.staff.actions import StaffAction
from backend.tables import METADATA
from migrations.rights import STAGE
from tests import park

APPEND_ONLY = ("audit_entry", "audit_seal", "ledger_account", "ledger_transfer", "notification", "receipt")
MAY_STAGE = text("SELECT has_database_privilege('app', current_database(), 'TEMPORARY')")
CHANGES = ("UPDATE {0} SET organisation_id = organisation_id", "DELETE FROM {0}", "TRUNCATE {0} CASCADE")


@pytest.fixture(scope="module")
def owner(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    """The database as the role that owns the tables sees it."""
    engine = create_engine(postgres.owner_url)
    yield engine
    engine.dispose()


@pytest.fixture
def booked(runtime: Runtime) -> Database:
    """A database with a row in each append-only table: a payment that fits no order, and an audit entry."""
    known = park.build(runtime)
    paid = Payment("4200000001", "no such order", 100, "CNY", park.APPID, park.MCHID, runtime.clock.now())
    merchant = known.merchant
    runtime.database.run(
        lambda s: take_payment(s, merchant=merchant, payment=paid, body=b"{}", source="callback", request_id="r")
    )
    runtime.database.run(
        lambda s: record(s, by=SYSTEM, action=StaffAction.STAFF_INVITED, subject=s.get_one(Park, known.park.id))
    )
    runtime.database.run(lambda s: seal_pending(s, most=1))
    return runtime.database


def _refused(engine: Engine, change: str) -> str:
    with pytest.raises(ProgrammingError) as refused, engine.begin() as connection:
        connection.execute(text(change))
    return str(refused.value.orig)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_role_app_may_add_and_read_but_never_change_or_remove(booked: Database, table: str) -> None:
    for change in CHANGES:
        assert "permission denied" in _refused(booked.engine, change.format(table))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_triggers_refuse_even_the_owner(booked: Database, owner: Engine, table: str) -> None:
    with booked.engine.connect() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {table}"))
    for change in CHANGES:
        assert "append-only" in _refused(owner, change.format(table))


def test_the_role_app_is_no_superuser_and_owns_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        role = connection.execute(
            text("SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        ).one()
        lasting = "tableowner = current_user AND schemaname NOT LIKE 'pg\\_temp%'"  # those come and go
        owned = connection.scalars(text(f"SELECT tablename FROM pg_tables WHERE {lasting}")).all()
    assert (tuple(role), owned) == ((False,) * 4, [])


def test_the_role_app_may_not_change_the_schema(engine: Engine) -> None:
    assert "permission denied" in _refused(engine, "CREATE TABLE public.own (id int)")
    assert "must be owner" in _refused(engine, "ALTER TABLE receipt DISABLE TRIGGER ALL")


def test_the_role_app_may_read_and_add_rows_of_every_table(engine: Engine) -> None:
    with engine.connect() as connection:
        closed = [
            table
            for table in METADATA.tables
            for right in ("SELECT", "INSERT")
            if not connection.scalar(text(f"SELECT has_table_privilege('{table}', '{right}')"))
        ]
    assert closed == []


def test_the_role_app_may_stage_also_where_nobody_else_may(owner: Engine) -> None:
    with owner.connect() as connection:
        connection.execute(text("REVOKE TEMPORARY ON DATABASE dianyuan FROM PUBLIC, app"))
        assert connection.scalar(MAY_STAGE) is False
        connection.execute(text(STAGE))
        assert connection.scalar(MAY_STAGE) is True
        connection.rollback()
