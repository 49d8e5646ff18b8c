"""A town to measure in: many meters on many lines, one tenant, orders that wait for their payment."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network

from sqlalchemy import insert, select

from backend.accounts.models import Account, Billing
from backend.accounts.opening import assign_meter, open_account
from backend.cli.seeding import import_providers
from backend.estate.building import add_building, add_holder, add_organisation, add_park, add_room
from backend.estate.models import Building, Holder, HolderKind, Organisation, Park
from backend.kernel.db import Session
from backend.metering.field.install import add_gateway, add_line, add_meter
from backend.metering.models import Line, Meter
from backend.payments.models import MerchantAccount
from backend.people.logging_in import issue_token, user_of_openid
from backend.people.models import Binding, Role, WechatApp, WechatAppKind, WechatUser
from backend.runtime import Runtime
from backend.vending.models import CreditOrder
from bench.sending import http
from bench.site import Site
from sandbox.keys import Keys
from sandbox.signing import compact, encrypt, signature_headers

PER_LINE = 32
NETWORKS = [ip_network("127.0.0.0/8")]
EACH = 3  # meters of each tenant
AMOUNT_FEN = 5000


@dataclass(frozen=True, slots=True)
class Metered:
    """A meter and the account that pays for it."""

    meter: Meter
    account: Account


@dataclass(frozen=True, slots=True)
class Town:
    """Who pays, to whom, for which meters. token: the payer's log-in; keys: the provider's."""

    organisation: Organisation
    merchant: MerchantAccount
    payer: WechatUser
    token: str
    metered: Sequence[Metered]
    keys: Keys


@dataclass(frozen=True, slots=True)
class LinePlan:
    """A line to build: the port of its gateway, and how many meters of which profile stand on it."""

    port: int
    meters: int
    profile: str = "reference_cas"


@dataclass(frozen=True, slots=True)
class _At:
    line: Line
    unit: int
    profile: str


@dataclass(frozen=True, slots=True)
class _Tenant:
    holder: Holder
    user: WechatUser


def build_town(runtime: Runtime, site: Site, lines: Sequence[LinePlan]) -> Town:
    """Build a town through the product's own services; the payer holds the first three meters."""
    return runtime.database.run(lambda session: _build(session, runtime, site, lines))


def plans(meters: int) -> list[LinePlan]:
    """Return lines for so many meters, 32 on each; nobody listens there."""
    return [LinePlan(2000 + first, min(PER_LINE, meters - first)) for first in range(0, meters, PER_LINE)]


def place_orders(runtime: Runtime, town: Town, count: int) -> list[str]:
    """Place so many orders, spread over all meters; returns their numbers."""
    entropy, now = runtime.database.entropy, runtime.clock.now()
    numbers = [entropy.order_no(now) for _ in range(count)]
    rows = [_order(town, town.metered[at % len(town.metered)], number) for at, number in enumerate(numbers)]
    placed = {"placed_at": now, "expires_at": now + timedelta(hours=1), "next_query_at": now + timedelta(hours=1)}
    runtime.database.run(lambda session: session.execute(insert(CreditOrder), [row | placed for row in rows]))
    return numbers


def callback(runtime: Runtime, town: Town, order_no: str) -> bytes:
    """Return the authentic callback that tells of this order's payment, signed and encrypted, as an HTTP request."""
    keys, merchant, now = town.keys, town.merchant, runtime.clock.now()
    news = {
        "appid": merchant.appid,
        "mchid": merchant.mchid,
        "out_trade_no": order_no,
        "transaction_id": f"4200{order_no}",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "success_time": now.isoformat(timespec="seconds"),
        "payer": {"openid": town.payer.openid},
        "amount": {"total": AMOUNT_FEN, "payer_total": AMOUNT_FEN, "currency": "CNY", "payer_currency": "CNY"},
    }
    nonce = base64.b32encode(order_no.encode()[-8:]).decode()[:12]
    resource = {
        "original_type": "transaction",
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": encrypt(keys.apiv3_key, nonce, "transaction", compact(news)),
        "associated_data": "transaction",
        "nonce": nonce,
    }
    told = {"id": f"EV-{order_no}", "create_time": news["success_time"], "resource_type": "encrypt-resource"}
    more = {"event_type": "TRANSACTION.SUCCESS", "summary": "支付成功", "resource": resource}
    body = compact(told | more)
    headers = signature_headers(keys.platform, keys.public_key_id, int(now.timestamp()), order_no, body)
    path = f"/callbacks/wechat_pay/{merchant.callback_key}"
    return http("POST", path, {"Content-Type": "application/json", **headers}, body.encode())


def _order(town: Town, metered: Metered, number: str) -> dict[str, object]:
    return {
        "organisation_id": town.organisation.id,
        "order_no": number,
        "account_id": metered.account.id,
        "meter_id": metered.meter.id,
        "placed_by": town.payer.id,
        "merchant_account_id": town.merchant.id,
        "tap": number,
        "amount_fen": AMOUNT_FEN,
        "request_id": number.lower(),
    }


def _build(session: Session, runtime: Runtime, site: Site, lines: Sequence[LinePlan]) -> Town:
    keys, merchant_file = site.new_keys()
    organisation = add_organisation(session, name=keys.apps[0].appid)
    park = add_park(session, organisation=organisation, name="Bench")
    building = add_building(session, park=park, name="A")
    import_providers(session, organisation_id=organisation.id, file=merchant_file, seal=runtime.seal)
    own = {"organisation_id": organisation.id}
    app = session.scalars(select(WechatApp).filter_by(**own, kind=WechatAppKind.MINI_PROGRAM)).one()
    places = [place for number, plan in enumerate(lines) for place in _places(session, park, number, plan)]
    tenants = [_tenant(session, app, organisation, first) for first in range(0, len(places), EACH)]
    metered = [_stand(session, runtime, building, at, tenants[number // EACH]) for number, at in enumerate(places)]
    payer = tenants[0].user
    merchant = session.scalars(select(MerchantAccount).filter_by(**own, appid=app.appid)).one()
    return Town(organisation, merchant, payer, issue_token(session, user=payer), metered, keys)


def _places(session: Session, park: Park, number: int, plan: LinePlan) -> Iterator[_At]:
    gateway = add_gateway(session, park=park, name=f"g{number}", host="127.0.0.1", networks=NETWORKS)
    line = add_line(session, gateway=gateway, kind="modbus_tcp", port=plan.port)
    return (_At(line, unit, plan.profile) for unit in range(1, plan.meters + 1))


def _tenant(session: Session, app: WechatApp, organisation: Organisation, number: int) -> _Tenant:
    holder = add_holder(session, organisation=organisation, name=f"h{number}", kind=HolderKind.ENTERPRISE)
    user = user_of_openid(session, app=app, openid=f"o{number}", unionid=None)
    bound = {"organisation_id": organisation.id, "wechat_user_id": user.id, "holder_id": holder.id}
    session.add(Binding(**bound, role=Role.OWNER, bound_at=session.clock.now()))
    return _Tenant(holder, user)


def _stand(session: Session, runtime: Runtime, building: Building, at: _At, tenant: _Tenant) -> Metered:
    number = f"{at.line.id}-{at.unit}"
    meter = add_meter(
        session,
        room_id=add_room(session, building=building, floor="1", number=number).id,
        line_id=at.line.id,
        unit=at.unit,
        number=number,
        serial=f"2026{at.line.id:04}{at.unit:04}",
        profile=runtime.profiles[at.profile],
    )
    own = {"organisation_id": building.organisation_id, "holder_id": tenant.holder.id}
    opened = open_account(session, **own, number=number, billing=Billing.METER)
    assign_meter(session, account=opened, meter_id=meter.id)
    return Metered(meter, opened)
