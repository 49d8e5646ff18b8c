"""Build the demo park through the same services that staff will use; what is there already is left as it is."""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

from sqlalchemy import select

from backend.accounts.models import Billing
from backend.accounts.opening import assign_meter, open_account
from backend.cli.demo_history import add_history
from backend.cli.demo_park import LINES, METERS, ORGANISATION, PARK
from backend.estate.building import add_building, add_holder, add_organisation, add_park, add_room, let_room
from backend.estate.models import Holder, HolderKind, Organisation
from backend.kernel.db import Session
from backend.kernel.sealing import Seal
from backend.metering.install import add_gateway, add_line, add_meter
from backend.metering.models import Meter
from backend.notices.models import NoticeKind
from backend.notices.templates import set_template
from backend.payments.errors import MerchantFileError
from backend.payments.merchant_file import TemplatePart, WechatAppPart, read_merchant_file
from backend.payments.merchants import import_merchant
from backend.people.models import WechatAppKind
from backend.people.wechat_apps import register_app
from backend.runtime import try_keys
from meter_bridge.profile import Profile
from meter_bridge.protocol import MoneyCapability


def find_organisation(session: Session, *, name: str) -> Organisation | None:
    """Return the organisation of this name, if it is there."""
    return session.scalars(select(Organisation).filter_by(name=name)).one_or_none()


def import_providers(session: Session, *, organisation_id: int, file: Path, seal: Seal) -> list[str]:
    """Store what a merchant file holds and return its names: the WeChat apps, and for each a merchant account.

    The provider knows one account and pays it from several apps. Here each app has a row with the same keys and a
    callback address of its own, so that an order is paid by users of the app it was placed in.
    """
    told = read_merchant_file(file)
    account = told.merchant_account
    paying = dict.fromkeys([account.appid, *(app.appid for app in told.wechat_app)])
    for appid in paying:
        try_keys(account.provider, mchid=account.mchid, appid=appid, keys=account.keys, file=file.name)
        import_merchant(
            session,
            organisation_id=organisation_id,
            provider=account.provider,
            mchid=account.mchid,
            appid=appid,
            keys=account.keys,
            seal=seal,
        )
    for app in told.wechat_app:
        _import_app(session, organisation_id, app, file=file, seal=seal)
    return [f"{account.provider} {account.mchid}", *paying]


def _import_app(session: Session, organisation_id: int, part: WechatAppPart, *, file: Path, seal: Seal) -> None:
    app = register_app(
        session,
        organisation_id=organisation_id,
        appid=part.appid,
        kind=WechatAppKind(part.kind),
        secret=part.secret,
        seal=seal,
    )
    for kind, template in part.templates.items():
        told = TemplatePart(id=template) if isinstance(template, str) else template
        try:
            set_template(session, app=app, kind=NoticeKind(kind), template_id=told.id, fields=told.fields)
        except ValueError as error:
            raise MerchantFileError(file=file.name, why=f"templates.{kind}: {error}") from None


def build_park(session: Session, *, profiles: Mapping[str, Profile], networks: list[str]) -> Organisation:
    """Build the whole demo park: estate, lines, meters, accounts."""
    organisation = add_organisation(session, name=ORGANISATION)
    park = add_park(session, organisation=organisation, name=PARK)
    lines = [
        add_line(
            session,
            gateway=add_gateway(
                session, park=park, name=line.gateway, host="127.0.0.1", networks=[ip_network(n) for n in networks]
            ),
            kind=line.kind,
            port=line.port,
        )
        for line in LINES
    ]
    buildings = {name: add_building(session, park=park, name=name) for name in sorted({m.building for m in METERS})}
    holders = {
        name: add_holder(session, organisation=organisation, name=name, kind=HolderKind.ENTERPRISE)
        for name in dict.fromkeys(m.holder for m in METERS)
    }
    for meter in METERS:
        room = add_room(session, building=buildings[meter.building], floor=meter.floor, number=meter.room)
        let_room(session, room=room, holder=holders[meter.holder], starts_on=session.clock.now().date())
        installed = add_meter(
            session,
            room_id=room.id,
            line_id=lines[meter.line].id,
            unit=meter.unit,
            number=meter.number,
            serial=meter.serial,
            profile=profiles[meter.profile],
        )
        add_history(session, meter=installed, demo=meter, time_zone=park.time_zone)
        _open(session, f"{meter.building}-{meter.room}", installed, holders[meter.holder])
    return organisation


def _open(session: Session, number: str, meter: Meter, holder: Holder) -> None:
    on_platform = meter.capability is MoneyCapability.PLATFORM_WALLET
    account = open_account(
        session,
        organisation_id=meter.organisation_id,
        holder_id=holder.id,
        number=number,
        billing=Billing.PLATFORM if on_platform else Billing.METER,
    )
    assign_meter(session, account=account, meter_id=meter.id)
