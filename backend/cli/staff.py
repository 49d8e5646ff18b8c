"""`staff`: the first administrator, and help for who is locked out."""

import click

from backend.audit.recording import operator
from backend.cli.opening import in_transaction, opened, organisation_named, park_named
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.runtime import Runtime
from backend.staff.enrolling import invite_staff, reset_staff, totp_secret
from backend.staff.entering import unlock
from backend.staff.granting import disable, grant_role
from backend.staff.models import Staff
from backend.staff.one_time_codes import code_at, step_of
from backend.staff.queries import staff_called, staff_seen
from backend.staff.roles import StaffRole

SETUP_PATH = "/admin/setup/"


@click.group()
def staff() -> None:
    """Staff of the property company."""


@staff.command("invite")
@click.argument("login")
@click.option("--organisation", "owner", required=True)
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in StaffRole]), default=StaffRole.ADMINISTRATOR.value)
@click.option("--park", help="Only in this park; else in the whole organisation.")
@click.option("--by", required=True, help="Who runs this command; kept for ever.")
def invite_member(login: str, *, owner: str, name: str, role: str, park: str | None, by: str) -> None:
    """Add somebody with a role, and print their set-up link once: good for 72 hours."""
    runtime = opened()

    def invited(session: Session) -> str:
        organisation = organisation_named(session, owner)
        place = park_named(session, organisation, park).id if park else None
        actor = operator(by)
        member, token = invite_staff(
            session, organisation_id=organisation.id, login=login, name=name, seal=runtime.seal, by=actor
        )
        grant_role(session, staff=member, role=StaffRole(role), park_id=place, by=actor, giver=None)
        return token

    _say_link(runtime, in_transaction(runtime, invited))


@staff.command("reset")
@click.argument("login")
@click.option("--reason", required=True, help="Kept for ever.")
@click.option("--by", required=True)
def reset_member(login: str, reason: str, by: str) -> None:
    """Take password, telephone and sessions from somebody, and print a new set-up link once."""
    runtime = opened()

    def reset(session: Session) -> str:
        return reset_staff(session, staff=_known(session, login), seal=runtime.seal, reason=reason, by=operator(by))

    _say_link(runtime, in_transaction(runtime, reset))


@staff.command("unlock")
@click.argument("login")
@click.option("--by", required=True)
def unlock_member(login: str, by: str) -> None:
    """Let somebody try again who was guessed at too often."""
    in_transaction(opened(), lambda session: unlock(session, staff=_known(session, login), by=operator(by)))
    click.echo("unlocked")


@staff.command("disable")
@click.argument("login")
@click.option("--reason", required=True, help="Kept for ever.")
@click.option("--by", required=True)
def disable_member(login: str, reason: str, by: str) -> None:
    """Keep somebody out from this moment on."""
    runtime = opened()
    actor = operator(by)
    in_transaction(runtime, lambda session: disable(session, staff=_known(session, login), reason=reason, by=actor))
    click.echo("disabled; every session of theirs has ended")


@staff.command("list")
@click.option("--organisation", "owner", required=True)
def list_members(owner: str) -> None:
    """List who works for an organisation, with their roles."""
    found = in_transaction(
        opened(), lambda session: staff_seen(session, scope=Scope(organisation_named(session, owner).id))
    )
    for sight in found:
        roles = ", ".join(f"{g.role.value}{f' of park {g.park_id}' if g.park_id else ''}" for g in sight.grants)
        click.echo(f"{sight.staff.login} {sight.staff.name} {sight.state.value}: {roles or 'no role'}")


@staff.command("code")
@click.argument("login")
def show_code(login: str) -> None:
    """Print the present six digits of somebody, as their telephone would; in a demo only."""
    runtime = opened()
    if runtime.settings.environment == "production":
        raise click.ClickException("in production only the telephone tells codes")
    secret = in_transaction(runtime, lambda session: totp_secret(_known(session, login), runtime.seal))
    click.echo(code_at(secret, step_of(runtime.clock.now())))


def _known(session: Session, login: str) -> Staff:
    try:
        return staff_called(session, login=login)
    except NotFoundError as error:
        raise click.ClickException(f"nobody has the log-in name {login!r}") from error


def _say_link(runtime: Runtime, token: str) -> None:
    click.echo(f"{runtime.settings.public_url}{SETUP_PATH}{token}")
