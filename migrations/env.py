"""Migrations run as the role `owner`; what the role `app` may do is granted in them, table by table."""

from alembic import context
from sqlalchemy import create_engine

from backend.tables import METADATA
from migrations.parting import is_part_of_the_schema

engine = create_engine(
    context.config.attributes["url"], connect_args={"options": "-c lock_timeout=5s -c statement_timeout=60s"}
)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        include_object=is_part_of_the_schema,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
