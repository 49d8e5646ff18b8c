"""`organisation` and `merchant`: who sells, and where their money arrives."""

from pathlib import Path

import click
from sqlalchemy import select

from backend.cli.opening import in_transaction, opened, organisation_named
from backend.cli.seeding import import_providers
from backend.estate.building import add_organisation
from backend.payments.models import MerchantAccount


@click.group()
def organisation() -> None:
    """Property companies of this installation."""


@organisation.command("add")
@click.argument("name")
def add(name: str) -> None:
    """Add a property company."""
    runtime = opened()
    in_transaction(runtime, lambda session: add_organisation(session, name=name))
    click.echo(f"added {name}")


@click.group()
def merchant() -> None:
    """Merchant accounts and WeChat apps."""


@merchant.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organisation", "name", required=True, help="The property company the account belongs to.")
def import_file(file: Path, name: str) -> None:
    """Store a merchant account and its WeChat apps from a TOML file; keys are sealed (docs/merchant-account.md)."""
    runtime = opened()
    names = in_transaction(
        runtime,
        lambda session: import_providers(
            session, organisation_id=organisation_named(session, name).id, file=file, seal=runtime.seal
        ),
    )
    click.echo(f"imported: {', '.join(names)}; remove {file} now, its keys are not needed any more")


@merchant.command("list")
@click.option("--organisation", "name", required=True)
def list_accounts(name: str) -> None:
    """Show merchant accounts and the callback address each provider must be told."""
    runtime = opened()
    accounts = in_transaction(
        runtime,
        lambda session: session.scalars(
            select(MerchantAccount).filter_by(organisation_id=organisation_named(session, name).id)
        ).all(),
    )
    for a in accounts:
        click.echo(
            f"{a.provider} {a.mchid} {a.appid} {runtime.settings.public_url}/callbacks/{a.provider}/{a.callback_key}"
        )
