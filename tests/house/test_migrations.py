"""The schema that migrations build is the one the models describe."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Column, Engine, MetaData, Table, Text, create_engine, text

from backend.cli.migrate import config
from backend.embedded.postgres import EmbeddedPostgres
from backend.tables import METADATA
from migrations.parting import is_part_of_the_schema


@pytest.fixture(scope="module")
def owner(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    """The database as the role that owns the tables sees it."""
    engine = create_engine(postgres.owner_url)
    yield engine
    engine.dispose()


def _drift(owner: Engine, models: MetaData) -> list[Any]:
    with owner.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": is_part_of_the_schema}
        )
        return list(compare_metadata(context, models))


def _checks(owner: Engine) -> set[str]:
    """Return the CHECK constraints of the database, which Alembic does not compare."""
    query = "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    with owner.connect() as connection:
        return set(connection.scalars(text(query)))


def _checks_of_models() -> set[str]:
    constraints = [c for table in METADATA.tables.values() for c in table.constraints]
    return {str(c.name) for c in constraints if isinstance(c, CheckConstraint)}


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(config("")).get_heads()) == 1


def test_models_and_migrations_have_not_drifted_apart(owner: Engine) -> None:
    assert _drift(owner, METADATA) == []


def test_every_check_of_the_models_is_in_the_database(owner: Engine) -> None:
    assert _checks(owner) == _checks_of_models()


def test_a_forgotten_migration_would_be_found(owner: Engine) -> None:
    models = MetaData()
    for table in METADATA.sorted_tables:
        table.to_metadata(models)
    Table("forgotten", models, Column("word", Text))
    assert [step[0] for step in _drift(owner, models)] == ["add_table"]
