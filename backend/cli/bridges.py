"""`bridge`: let a bridge in."""

import click
from sqlalchemy import select

from backend.cli.opening import in_transaction, opened, organisation_named
from backend.kernel.db import Session
from backend.metering.lines.enrolment import invite_bridge, reinvite, revoke
from backend.metering.models import Bridge


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


@bridge.command("invite-again")
@click.argument("name")
@click.option("--organisation", "owner", required=True)
def invite_again(name: str, owner: str) -> None:
    """Print a new token for a bridge that is known: new hardware, a lost token, a new signing key."""
    click.echo(in_transaction(opened(), lambda session: reinvite(session, bridge=_bridge(session, owner, name))))


@bridge.command("revoke")
@click.argument("name")
@click.option("--organisation", "owner", required=True)
def revoke_bridge(name: str, owner: str) -> None:
    """Let a bridge in no more; its lines go to others when their leases end."""
    in_transaction(opened(), lambda session: revoke(session, bridge=_bridge(session, owner, name)))
    click.echo(f"{name} is let in no more")


def _bridge(session: Session, owner: str, name: str) -> Bridge:
    own = {"organisation_id": organisation_named(session, owner).id}
    found = session.scalars(select(Bridge).filter_by(**own, name=name)).one_or_none()
    if found is None:
        raise click.ClickException(f"there is no bridge {name!r} in {owner}")
    return found
