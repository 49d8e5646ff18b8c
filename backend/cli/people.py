"""`invite`: let a tenant's staff bind themselves."""

import click
from sqlalchemy import select

from backend.cli.opening import in_transaction, opened, organisation_named
from backend.estate.models import Holder
from backend.kernel.db import Session
from backend.people.invite_links import invite_link, qr_lines
from backend.people.inviting import invite
from backend.people.models import Role, WechatApp, WechatAppKind


@click.command("invite")
@click.argument("holder_name")
@click.option("--organisation", "owner", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OWNER.value)
@click.option("--hours", default=72, type=click.IntRange(1, 24 * 30), help="How long the code is good for.")
@click.option("--qr", is_flag=True, help="Print the link and its QR code, too, for a telephone to read.")
def invite_user(holder_name: str, owner: str, role: str, hours: int, *, qr: bool) -> None:
    """Print a code that binds one WeChat user to a holder, once."""
    runtime = opened()

    def invited(session: Session) -> tuple[str, str]:
        organisation = organisation_named(session, owner)
        own = {"organisation_id": organisation.id}
        holder = session.scalars(select(Holder).filter_by(**own, name=holder_name)).one_or_none()
        if holder is None:
            raise click.ClickException(f"there is no holder {holder_name!r} in {owner}")
        code = invite(session, organisation_id=organisation.id, holder_id=holder.id, role=Role(role), valid_hours=hours)
        accounts = select(WechatApp.appid).filter_by(**own, kind=WechatAppKind.OFFICIAL_ACCOUNT).limit(1)
        return code, session.scalar(accounts) or ""

    code, appid = in_transaction(runtime, invited)
    click.echo(code)
    if qr:
        link = invite_link(runtime.settings.public_url, code=code, appid=appid)
        click.echo(f"{link}\n\n{qr_lines(link)}")
