"""Migrations run as the role `owner`; what the role `app` may do is granted here, table by table."""

from alembic import context
from sqlalchemy import create_engine

from backend.kernel.settings import Settings
from backend.tables import METADATA

settings = Settings()
url = context.config.attributes.get("url") or settings.migration_database_url
if url is None:
    raise SystemExit("MIGRATION_DATABASE_URL is not set")
engine = create_engine(url, connect_args={"options": "-c lock_timeout=5s -c statement_timeout=60s"})
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
