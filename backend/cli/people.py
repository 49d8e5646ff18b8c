"""`invite`: let a tenant's staff bind themselves."""

import click
from sqlalchemy import select

from backend.cli.opening import in_transaction, opened, organisation_named
from backend.estate.models import Holder
from backend.kernel.db import Session
from backend.people.inviting import invite
from backend.people.models import Role


@click.command("invite")
@click.argument("holder_name")
@click.option("--organisation", "owner", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OWNER.value)
@click.option("--hours", default=72, type=click.IntRange(1, 24 * 30), help="How long the code is good for.")
def invite_user(holder_name: str, owner: str, role: str, hours: int) -> None:
    """Print a code that binds one WeChat user to a holder, once."""

    def invited(session: Session) -> str:
        organisation = organisation_named(session, owner)
        holder = session.scalars(
            select(Holder).filter_by(organisation_id=organisation.id, name=holder_name)
        ).one_or_none()
        if holder is None:
            raise click.ClickException(f"there is no holder {holder_name!r} in {owner}")
        return invite(session, organisation_id=organisation.id, holder_id=holder.id, role=Role(role), valid_hours=hours)

    click.echo(in_transaction(opened(), invited))
