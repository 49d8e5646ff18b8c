"""Who is told of an event, and what is said: the people bound to the account's holder, and the facts they are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from backend.accounts.models import Account, AccountMeter, Billing
from backend.estate.models import Building, Park, Room
from backend.kernel.db import Session
from backend.kernel.outbox import Event
from backend.metering.models import Meter, MeterStatus
from backend.notices.models import NoticeKind, Unreachable
from backend.people.models import Binding, WechatApp, WechatAppKind, WechatUser
from backend.people.preference_models import Preference
from backend.people.preferring import USUAL_LOW_CREDIT_FEN
from meter_bridge.protocol import CreditUnit

KINDS = {"order_credited": NoticeKind.CREDITED, "low_credit": NoticeKind.LOW_CREDIT}  # by the topic of the event
TOLD = ("amount_fen", "credit_fen", "threshold_fen", "order_no")


@dataclass(frozen=True, slots=True)
class Door:
    """One user of a person: the application they come through, and the channels that cannot reach them there."""

    user_id: int
    app: WechatAppKind
    shut: frozenset[str]


Person = tuple[Door, ...]


def people_of(session: Session, event: Event) -> Sequence[Person]:
    """Return every person bound to the holder of the event's account, once, with all their doors."""
    bound = (
        select(WechatUser.id, WechatUser.unionid)
        .join(Binding, (Binding.wechat_user_id == WechatUser.id) & Binding.ended_at.is_(None))
        .join(Account, Account.holder_id == Binding.holder_id)
        .outerjoin(Preference, Preference.wechat_user_id == WechatUser.id)
        .where(Account.id == event.facts["account_id"])
    )
    if event.topic == "low_credit":
        threshold = func.coalesce(Preference.low_credit_fen, USUAL_LOW_CREDIT_FEN)
        bound = bound.where(threshold == event.facts["threshold_fen"])
    rows = session.execute(bound).all()
    if not rows:
        return []
    return _persons(session, event.organisation_id, {r.id for r in rows}, {r.unionid for r in rows if r.unionid})


def facts_of(session: Session, event: Event) -> dict[str, Any] | None:
    """Return what is told of the event, its instant with the park's own offset; None when its meter is gone."""
    of_wallet = select(AccountMeter.meter_id).where(
        AccountMeter.account_id == event.facts["account_id"], AccountMeter.ended_at.is_(None)
    )
    named = event.facts.get("meter_id")
    found = session.execute(
        select(Account, Meter, Room, Building, Park)
        .select_from(Account)
        .join(Meter, Meter.id.in_(of_wallet) if named is None else Meter.id == named)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .where(Account.id == event.facts["account_id"])
        .order_by(Meter.id)
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    account, meter, room, building, park = found
    return {
        "meter": meter.reference,
        "meter_number": meter.number,
        "place": f"{building.name} {room.number}",
        "room": f"{park.name} {building.name} {room.floor} {room.number}",
        "credit_fen": _credit(session, account, meter),
        "at": event.occurred_at.astimezone(ZoneInfo(park.time_zone)).isoformat(timespec="seconds"),
        **{name: event.facts[name] for name in TOLD if name in event.facts},
    }


def _credit(session: Session, account: Account, meter: Meter) -> int | None:
    """Return the credit there is now; None where it is not known, or not counted in money."""
    if account.billing is Billing.PLATFORM:
        return account.wallet_fen
    if meter.credit_unit is not CreditUnit.MONEY:
        return None
    return session.scalar(select(MeterStatus.balance).where(MeterStatus.meter_id == meter.id))


def _persons(session: Session, organisation_id: int, users: set[int], unionids: set[str]) -> Sequence[Person]:
    rows = session.execute(
        select(WechatUser.id, WechatUser.unionid, WechatApp.kind, func.array_agg(Unreachable.channel).label("shut"))
        .join(WechatApp, WechatApp.appid == WechatUser.appid)
        .outerjoin(Unreachable, Unreachable.wechat_user_id == WechatUser.id)
        .where(
            WechatUser.organisation_id == organisation_id,
            or_(WechatUser.id.in_(users), WechatUser.unionid.in_(unionids)),
        )
        .group_by(WechatUser.id, WechatUser.unionid, WechatApp.kind)
        .order_by(WechatUser.id)
    )
    doors: dict[str | int, list[Door]] = {}
    for user_id, unionid, kind, shut in rows:
        doors.setdefault(unionid or user_id, []).append(Door(user_id, kind, frozenset(filter(None, shut))))
    return [tuple(each) for each in doors.values()]
