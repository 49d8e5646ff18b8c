"""`erase-user`: forget a person who asked for it."""

import click
from sqlalchemy import select

from backend.audit.recording import operator
from backend.cli.opening import in_transaction, opened, organisation_named
from backend.estate.holders import plain_phone
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.lifecycle.erasing import erase_user
from backend.people.registration_models import Registration


@click.command("erase-user")
@click.option("--organisation", "owner", required=True)
@click.option("--user", "user_id", type=int, help="The user's number.")
@click.option("--phone", help="Instead of the number: as they wrote it when they applied.")
@click.option("--reason", required=True, help="Kept for ever; name nobody in it.")
@click.option("--by", required=True)
def erase(*, owner: str, user_id: int | None, phone: str | None, reason: str, by: str) -> None:
    """Forget a person: what they did and paid stays under a number, who it was does not."""
    if (user_id is None) == (phone is None):
        raise click.ClickException("say either --user or --phone")

    def erased(session: Session) -> int:
        scope = Scope(organisation_named(session, owner).id)
        numbers = [user_id] if user_id is not None else _by_phone(session, scope, phone or "")
        return sum(
            erase_user(session, scope=scope, user_id=number, reason=reason, by=operator(by)) for number in numbers
        )

    click.echo(f"{in_transaction(opened(), erased)} users erased")


def _by_phone(session: Session, scope: Scope, phone: str) -> list[int]:
    """Return every user who applied with this number; the service finds their other doors."""
    sent = select(Registration.wechat_user_id).filter_by(
        organisation_id=scope.organisation_id, phone=plain_phone(phone)
    )
    found = sorted(set(session.scalars(sent)))
    if not found:
        raise click.ClickException("nobody applied with this number")
    return found
