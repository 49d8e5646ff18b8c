"""`bridge`: let a bridge in."""

import click

from backend.cli.opening import in_transaction, opened, organisation_named
from backend.metering.enrolment import invite_bridge


@click.group()
def bridge() -> None:
    """Bridges, the programs on site that speak to meters."""


@bridge.command("invite")
@click.argument("name")
@click.option("--organisation", "owner", required=True, help="The property company whose lines it will use.")
def invite(name: str, owner: str) -> None:
    """Print the token with which a new bridge enrols; it is shown once and lasts 24 hours."""
    runtime = opened()
    token = in_transaction(
        runtime,
        lambda session: invite_bridge(session, organisation_id=organisation_named(session, owner).id, name=name),
    )
    click.echo(token)
