"""An estate for the office's stories: two rooms of the east park and one of the west, metered, with an order."""

from dataclasses import dataclass
from datetime import date, timedelta
from ipaddress import ip_network

from backend.accounts.models import Account, Billing
from backend.accounts.opening import assign_meter, open_account
from backend.estate.building import add_building, add_holder, add_room, let_room
from backend.estate.holders import add_contact
from backend.estate.models import Building, Holder, HolderKind, Park, Room
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.field.install import add_gateway, add_line, add_meter
from backend.metering.group_models import MeterGroup
from backend.metering.groups.grouping import make_group, put_in_group
from backend.metering.models import Gateway, Line, Meter, MeterStatus
from backend.payments.merchants import import_merchant
from backend.payments.models import MerchantAccount, Notification, Receipt, ReceiptKind
from backend.people.logging_in import user_of_openid
from backend.people.models import Binding, Role, WechatApp, WechatAppKind, WechatUser
from backend.people.wechat_apps import register_app
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import SupplyState
from tests.flows.staff_world import TESTER, Office
from tests.park import KEYS

SPITEFUL = "=cmd|' /C calc'!A0"
PHONE = "13812345678"


@dataclass(frozen=True, slots=True)
class Estate:
    """What is there: east holds two rooms of a holder with a spiteful name, west one of another."""

    east: Room
    west: Room
    park: Park
    building: Building
    group: MeterGroup
    holder: Holder
    neighbour: Holder
    gateway: Gateway
    line: Line
    meter: Meter
    far_meter: Meter
    order: CreditOrder
    far_order: CreditOrder
    user: WechatUser


def built(office: Office) -> Estate:
    """Build it."""
    return office.runtime.database.run(lambda session: _build(session, office))


def _build(session: Session, office: Office) -> Estate:
    own, (east, west) = office.organisation, office.parks
    rooms = [
        add_room(session, building=add_building(session, park=park, name=name), floor="3", number=number)
        for park, name, number in ((east, "A座", "301"), (west, "W座", "901"))
    ]
    vacant = add_room(session, building=session.get_one(Building, rooms[0].building_id), floor="B1", number="B101")
    rooms[0].area_dm2, vacant.area_dm2, rooms[1].area_dm2 = 12_050, 2_000, 7_000
    holders = [
        add_holder(session, organisation=own, name=name, kind=HolderKind.ENTERPRISE) for name in (SPITEFUL, "西边茶室")
    ]
    for room, holder in zip(rooms, holders, strict=True):
        let_room(session, room=room, holder=holder, starts_on=date(2026, 1, 1))
    add_contact(session, scope=Scope(own.id), holder_id=holders[0].id, name="李文博", phone=PHONE, by=TESTER)
    app = register_app(
        session,
        organisation_id=own.id,
        appid=f"wx{own.id}",
        kind=WechatAppKind.MINI_PROGRAM,
        secret="s",
        seal=office.runtime.seal,
    )
    user = _user(session, app, holders[0])
    merchant = import_merchant(
        session,
        organisation_id=own.id,
        provider="wechat_pay",
        mchid="19",
        appid=app.appid,
        keys=KEYS,
        seal=office.runtime.seal,
    )
    metered = [
        _metered(session, office, room, holder, park_at)
        for park_at, (room, holder) in enumerate(zip(rooms, holders, strict=True))
    ]
    orders = [paid_order(session, account, meter, user, merchant, n) for n, (meter, account) in enumerate(metered)]
    group = make_group(session, scope=Scope(own.id), name="东区商铺", park_id=east.id, by=TESTER)
    put_in_group(session, scope=Scope(own.id), group_id=group.id, meter_ids=[metered[0][0].id], by=TESTER)
    line = session.get_one(Line, metered[0][0].line_id)
    return Estate(
        east=rooms[0],
        west=rooms[1],
        park=east,
        building=session.get_one(Building, rooms[0].building_id),
        group=group,
        holder=holders[0],
        neighbour=holders[1],
        gateway=session.get_one(Gateway, line.gateway_id),
        line=line,
        meter=metered[0][0],
        far_meter=metered[1][0],
        order=orders[0],
        far_order=orders[1],
        user=user,
    )


def _user(session: Session, app: WechatApp, holder: Holder) -> WechatUser:
    user = user_of_openid(session, app=app, openid="obob", unionid=None)
    now = session.clock.now()
    bound = Binding(
        organisation_id=holder.organisation_id,
        wechat_user_id=user.id,
        holder_id=holder.id,
        role=Role.OWNER,
        bound_at=now,
    )
    session.add(bound)
    session.flush()
    return user


def _metered(session: Session, office: Office, room: Room, holder: Holder, n: int) -> tuple[Meter, Account]:
    gateway = add_gateway(
        session, park=office.parks[n], name=f"g{n}", host="127.0.0.1", networks=[ip_network("127.0.0.0/8")]
    )
    line = add_line(session, gateway=gateway, kind="modbus_tcp", port=5020)
    meter = add_meter(
        session,
        room_id=room.id,
        line_id=line.id,
        unit=1,
        number=f"M{n}",
        serial=f"20260000000{n}",
        profile=office.runtime.profiles["reference_cas"],
    )
    account = open_account(
        session, organisation_id=room.organisation_id, holder_id=holder.id, number=f"N{n}", billing=Billing.METER
    )
    assign_meter(session, account=account, meter_id=meter.id)
    said = MeterStatus(
        organisation_id=room.organisation_id,
        meter_id=meter.id,
        read_at=session.clock.now() - timedelta(minutes=3),
        balance=12_345,
        purchase_count=1,
        supply=SupplyState.CLOSED,
        energy_wh=1_500,
    )
    session.add(said)
    return meter, account


def paid_order(
    session: Session, account: Account, meter: Meter, user: WechatUser, merchant: MerchantAccount, n: int
) -> CreditOrder:
    """Add an order with its receipt and what the provider told."""
    now, own = session.clock.now() - timedelta(minutes=10), {"organisation_id": account.organisation_id}
    order = CreditOrder(
        **own,
        order_no=session.entropy.order_no(now),
        account_id=account.id,
        meter_id=meter.id,
        placed_by=user.id,
        merchant_account_id=merchant.id,
        tap=f"t{n}",
        amount_fen=10_000 + n,
        state=OrderState.PAID,
        request_id=f"request{n}",
        placed_at=now,
        expires_at=now,
        paid_at=now,
    )
    receipt = Receipt(
        **own,
        merchant_account_id=merchant.id,
        provider="wechat_pay",
        kind=ReceiptKind.PAYMENT,
        transaction_no=f"4200000{n}",
        order_no=order.order_no,
        amount_fen=order.amount_fen,
        currency="CNY",
        appid=merchant.appid,
        mchid=merchant.mchid,
        paid_at=now,
        request_id=order.request_id,
        recorded_at=now,
    )
    told = Notification(
        **own,
        merchant_account_id=merchant.id,
        fingerprint=f"f{n}",
        body=b'{"resource": {"out_trade_no": "%s"}}' % order.order_no.encode(),
        source="callback",
        request_id=order.request_id,
        received_at=now,
    )
    session.add_all([order, receipt, told])
    session.flush()
    return order
