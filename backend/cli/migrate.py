"""`migrate`: bring the database to the newest schema, as the role `owner`."""

from pathlib import Path

import click
from alembic import command
from alembic.config import Config

from backend.kernel.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    settings = Settings()
    if settings.migration_database_url is None:
        raise click.ClickException("MIGRATION_DATABASE_URL is not set: the role owner changes the schema, app may not")
    upgrade(settings.migration_database_url)
    click.echo("schema is up to date")


def upgrade(url: str) -> None:
    """Run every migration that is missing in this database; url is that of the role owner."""
    command.upgrade(config(url), "head")


def config(url: str) -> Config:
    """Return Alembic's configuration for a database."""
    settings = Config(str(ROOT / "alembic.ini"))
    settings.attributes["url"] = url
    return settings
