"""What every command opens first: settings and the database."""

from collections.abc import Callable
from typing import TypeVar

import click
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

import backend.tables  # noqa: F401 rows of every package are mapped before the first query
from backend.cli.unfit_settings import unfit
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.valkey import EmbeddedValkey
from backend.estate.models import Organisation, Park
from backend.kernel import logs
from backend.kernel.db import Session
from backend.kernel.errors import ProductError
from backend.kernel.settings import Settings
from backend.runtime import Runtime, real

T = TypeVar("T")


def opened() -> Runtime:
    """Return the runtime for a command; a missing setting ends it with one clear line."""
    try:
        settings = _with_own_servers(Settings())
        logs.configure(settings.log_format)
        return real(settings)
    except ValueError as error:
        raise click.ClickException(unfit(error)) from None


def _with_own_servers(settings: Settings) -> Settings:
    """Point at the servers of `run` when none are set and there are some, so that commands work beside it."""
    if settings.database_url or settings.redis_url or not (settings.var_dir / "postgres.toml").exists():
        return settings
    urls = {
        "database_url": EmbeddedPostgres(settings.var_dir).app_url,
        "redis_url": EmbeddedValkey(settings.var_dir).url,
    }
    return settings.model_copy(update=urls)


def in_transaction(runtime: Runtime, work: Callable[[Session], T]) -> T:
    """Do work in one transaction; a refusal of the product ends the command with its sentence."""
    try:
        return runtime.database.run(work)
    except ProductError as error:
        raise click.ClickException(f"{error.sentence('zh')} / {error.sentence('en')}") from error
    except IntegrityError as error:
        raise click.ClickException(f"it is there already, or does not fit: {_first_line(error)}") from error
    except OperationalError as error:
        raise click.ClickException(f"the database does not answer: {_first_line(error)}") from error


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]


def organisation_named(session: Session, name: str) -> Organisation:
    """Return the organisation of this name, or end the command naming those that exist."""
    known = {o.name: o for o in session.scalars(select(Organisation).order_by(Organisation.name))}
    if name not in known:
        raise click.ClickException(f"there is no organisation {name!r}; there are: {', '.join(known) or 'none'}")
    return known[name]


def park_named(session: Session, organisation: Organisation, name: str) -> Park:
    """Return the park of this name, or end the command naming those that exist."""
    parks = select(Park).filter_by(organisation_id=organisation.id).order_by(Park.name)
    known = {park.name: park for park in session.scalars(parks)}
    if name not in known:
        raise click.ClickException(f"there is no park {name!r}; there are: {', '.join(known) or 'none'}")
    return known[name]
