"""The one known park of the tests: alice runs it, bob works for a tenant, charlie for another."""

from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from sqlalchemy import select

from backend.accounts.models import Account, Billing
from backend.accounts.opening import assign_meter, open_account
from backend.cli.seeding import import_providers
from backend.estate.building import add_building, add_holder, add_organisation, add_park, add_room
from backend.estate.models import Holder, HolderKind, Organisation, Park
from backend.kernel.db import Session
from backend.metering.field.install import add_gateway, add_line, add_meter
from backend.metering.models import Line, Meter
from backend.payments.merchants import import_merchant
from backend.payments.models import MerchantAccount
from backend.people.logging_in import user_of_openid
from backend.people.models import Binding, Role, WechatApp, WechatAppKind, WechatUser
from backend.people.wechat_apps import register_app
from backend.runtime import Runtime

KEYS = {"cert_serial_no": "1", "private_key": "1", "apiv3_key": "1", "public_key_id": "1", "public_key": "1"}
APPID, MCHID = "wx0000000000000001", "1900000001"


@dataclass(frozen=True, slots=True)
class Metered:
    """A meter and the account that pays for it."""

    meter: Meter
    account: Account


@dataclass(frozen=True, slots=True)
class KnownPark:
    """What is in the park: bob's tenant has a counting, a blind and a relay meter; charlie's has a counting one."""

    organisation: Organisation
    park: Park
    line: Line
    app: WechatApp
    merchant: MerchantAccount
    bob: WechatUser
    charlie: WechatUser
    counting: Metered
    blind: Metered
    relay: Metered
    other: Metered


def build(runtime: Runtime, *, name: str = "Alice's park", merchant_file: Path | None = None) -> KnownPark:
    """Build the park in one transaction; a second name makes a second property company.

    merchant_file: the sandbox's, where a test pays for real; else an account that can only be looked at.
    """
    return runtime.database.run(lambda session: _build(session, runtime, name, merchant_file))


def _build(session: Session, runtime: Runtime, name: str, merchant_file: Path | None) -> KnownPark:
    organisation = add_organisation(session, name=name)
    park = add_park(session, organisation=organisation, name=name)
    gateway = add_gateway(session, park=park, name="g", host="127.0.0.1", networks=[ip_network("127.0.0.0/8")])
    line = add_line(session, gateway=gateway, kind="modbus_tcp", port=5020)
    building = add_building(session, park=park, name="A")
    tenants = [
        add_holder(session, organisation=organisation, name=who, kind=HolderKind.ENTERPRISE)
        for who in ("Bob's", "Charlie's")
    ]

    def metered(unit: int, profile: str, holder: Holder) -> Metered:
        room = add_room(session, building=building, floor="1", number=f"10{unit}")
        billing = Billing.PLATFORM if profile == "generic_relay" else Billing.METER
        meter = add_meter(
            session,
            room_id=room.id,
            line_id=line.id,
            unit=unit,
            number=f"M{unit}",
            serial=f"20260000{organisation.id:02}{unit:02}"[-12:],
            profile=runtime.profiles[profile],
        )
        account = open_account(
            session, organisation_id=organisation.id, holder_id=holder.id, number=f"N{unit}", billing=billing
        )
        assign_meter(session, account=account, meter_id=meter.id)
        return Metered(meter, account)

    app, merchant = _paid_through(session, runtime, organisation, merchant_file)
    return KnownPark(
        organisation=organisation,
        park=park,
        line=line,
        app=app,
        merchant=merchant,
        bob=_person(session, app, tenants[0], "bob"),
        charlie=_person(session, app, tenants[1], "charlie"),
        counting=metered(1, "reference_cas", tenants[0]),
        blind=metered(2, "reference_additive", tenants[0]),
        relay=metered(3, "generic_relay", tenants[0]),
        other=metered(4, "reference_cas", tenants[1]),
    )


def _paid_through(
    session: Session, runtime: Runtime, organisation: Organisation, merchant_file: Path | None
) -> tuple[WechatApp, MerchantAccount]:
    own = {"organisation_id": organisation.id}
    if merchant_file is not None:
        import_providers(session, organisation_id=organisation.id, file=merchant_file, seal=runtime.seal)
        app = session.scalars(select(WechatApp).filter_by(**own, kind=WechatAppKind.MINI_PROGRAM)).one()
        return app, session.scalars(select(MerchantAccount).filter_by(**own, appid=app.appid)).one()
    app = register_app(
        session,
        organisation_id=organisation.id,
        appid=f"{APPID}{organisation.id}",
        kind=WechatAppKind.MINI_PROGRAM,
        secret="s",
        seal=runtime.seal,
    )
    merchant = import_merchant(
        session,
        organisation_id=organisation.id,
        provider="wechat_pay",
        mchid=MCHID,
        appid=app.appid,
        keys=KEYS,
        seal=runtime.seal,
    )
    return app, merchant


def _person(session: Session, app: WechatApp, holder: Holder, name: str) -> WechatUser:
    user = user_of_openid(session, app=app, openid=f"o{name}", unionid=None)
    session.add(
        Binding(
            organisation_id=holder.organisation_id,
            wechat_user_id=user.id,
            holder_id=holder.id,
            role=Role.OWNER,
            bound_at=session.clock.now(),
        )
    )
    session.flush()
    return user
