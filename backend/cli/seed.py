"""`seed`: make the demo park of `run`; a second run changes nothing."""

import json
import os
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy import select

from backend.cli.building_park import build_park
from backend.cli.demo_park import BRIDGE, ORGANISATION, PEOPLE
from backend.cli.opening import in_transaction, opened
from backend.cli.park_file import park_toml
from backend.cli.seeding import find_organisation, import_providers
from backend.cli.seeding_credit import bring_credit
from backend.cli.seeding_parameters import want_parameters
from backend.cli.seeding_staff import let_staff_in
from backend.estate.models import Holder
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.lines.enrolment import invite_bridge, reinvite
from backend.metering.models import Bridge
from backend.people.inviting import invite
from backend.people.models import Role, WechatApp, WechatAppKind
from backend.runtime import Runtime
from backend.staff.queries import staff_seen

INVITES_LAST = timedelta(days=30)


@click.command()
def seed() -> None:
    """Make the demo park: estate, meters, accounts, the sandbox's merchant account, a bridge and invites."""
    runtime = opened()
    if runtime.settings.environment == "production":
        raise click.ClickException("the demo park is not for production")
    var_dir = runtime.settings.var_dir
    in_transaction(runtime, lambda session: _ensure_park(session, runtime, var_dir))
    _write(var_dir / "park.toml", park_toml())
    _ensure_bridge(runtime, var_dir / "bridge")
    _ensure_people(runtime, var_dir / "demo.json")
    _ensure_staff(runtime, var_dir / "demo-staff.json")
    _say_where(var_dir / "demo.json", var_dir / "demo-staff.json")


def _ensure_park(session: Session, runtime: Runtime, var_dir: Path) -> None:
    organisation = find_organisation(session, name=ORGANISATION) or build_park(
        session, profiles=runtime.profiles, networks=runtime.settings.line_networks
    )
    merchant = var_dir / "sandbox" / "merchant.toml"
    import_providers(session, organisation_id=organisation.id, file=merchant, seal=runtime.seal)


def _ensure_bridge(runtime: Runtime, folder: Path) -> None:
    token = folder / "enrolment.token"
    if (folder / "identity.json").exists() or token.exists():
        return

    def invited(session: Session) -> str:
        organisation = find_organisation(session, name=ORGANISATION)
        if organisation is None:
            raise click.ClickException("the demo park is gone")
        known = session.scalars(select(Bridge).filter_by(organisation_id=organisation.id, name=BRIDGE)).one_or_none()
        if known is not None:
            return reinvite(session, bridge=known)
        return invite_bridge(session, organisation_id=organisation.id, name=BRIDGE)

    _write(token, in_transaction(runtime, invited))


def _ensure_people(runtime: Runtime, file: Path) -> None:
    if file.exists() and "official_appid" in json.loads(file.read_text()):
        return

    def invites(session: Session) -> dict[str, object]:
        organisation = find_organisation(session, name=ORGANISATION)
        if organisation is None:
            raise click.ClickException("the demo park is gone")
        own = {"organisation_id": organisation.id}
        apps = {app.kind: app.appid for app in session.scalars(select(WechatApp).filter_by(**own))}
        holders = {h.name: h for h in session.scalars(select(Holder).filter_by(**own))}
        people = [
            {
                "name": person.name,
                "holder": person.holder,
                "invite": invite(
                    session,
                    organisation_id=organisation.id,
                    holder_id=holders[person.holder].id,
                    role=Role.OWNER,
                    valid_hours=INVITES_LAST // timedelta(hours=1),
                ),
            }
            for person in PEOPLE
        ]
        official = apps[WechatAppKind.OFFICIAL_ACCOUNT]
        return {"appid": apps[WechatAppKind.MINI_PROGRAM], "official_appid": official, "people": people}

    _write(file, json.dumps(in_transaction(runtime, invites), ensure_ascii=False, indent=2))


def _ensure_staff(runtime: Runtime, file: Path) -> None:
    """Let the demo's staff in; who was let in before a crash lost their passwords is sent through `staff reset`."""
    if file.exists():
        return

    def first(session: Session) -> int | None:
        organisation = find_organisation(session, name=ORGANISATION)
        known = organisation and staff_seen(session, scope=Scope(organisation.id))
        return organisation.id if organisation is not None and not known else None

    organisation_id = in_transaction(runtime, first)
    told = [] if organisation_id is None else _let_in(runtime, organisation_id)
    _write(file, json.dumps(told, ensure_ascii=False, indent=2))


def _let_in(runtime: Runtime, organisation_id: int) -> list[dict[str, str]]:
    """Let the staff in; two of them sign for the credit that the demo begins with."""
    told = let_staff_in(runtime, organisation_id=organisation_id)
    in_transaction(runtime, lambda session: bring_credit(session, organisation_id=organisation_id))
    own, profiles = organisation_id, runtime.profiles
    in_transaction(runtime, lambda session: want_parameters(session, organisation_id=own, profiles=profiles))
    return told


def _say_where(file: Path, staff: Path) -> None:
    demo = json.loads(file.read_text())
    click.echo(f"演示园区 demo park: {ORGANISATION}")
    for person in demo["people"]:
        click.echo(f"  {person['name']}: {person['holder']}, 邀请码 invite {person['invite']}")
    for member in json.loads(staff.read_text()):
        told = f"{member['login']}, 密码 password {member['password']}"
        click.echo(f"  {member['name']} ({member['role']}): 后台用户名 back office {told}")
    click.echo("  验证码 six digits: .venv/bin/python -m backend.cli staff code alice")
    click.echo("  试一笔充值 try a top-up: make demo-pay")


def _write(path: Path, text: str) -> None:
    """Write a file that only this user reads, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.rename(path)
