"""What staff look at before they decide an application: whom the words point at, and who said the same."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, or_, select

from backend.accounts.models import Account, AccountMeter
from backend.estate.archive_models import Contact
from backend.estate.likeness import ALIKE, likeness
from backend.estate.models import Building, Holder, Room, Tenancy
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.models import Meter
from backend.people.deciding import registration_inside
from backend.people.models import Binding
from backend.people.registration_models import Registration, RegistrationState

MOST = 10


class Clue(StrEnum):
    """Why an applicant may belong to a holder; only a telephone number that WeChat told proves anything."""

    CONTACT_PHONE = "contact_phone"
    SAME_NAME = "same_name"
    SIMILAR_NAME = "similar_name"
    HOLDS_ROOM = "holds_room"
    PAYS_METER = "pays_meter"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A holder the words point at, why, and how many users are bound to it already."""

    holder: Holder
    clues: tuple[Clue, ...]
    bound: int


@dataclass(frozen=True, slots=True)
class ApplicantSight:
    """An application with whom it may mean, the likeliest first, and other waiting ones by the same words."""

    registration: Registration
    candidates: Sequence[Candidate]
    duplicates: Sequence[Registration]


def applicant(session: Session, *, scope: Scope, registration_id: int) -> ApplicantSight:
    """Return an application with everything that helps to decide it. Raises NotFoundError."""
    sent = registration_inside(session, scope=scope, registration_id=registration_id)
    clues: dict[int, list[Clue]] = defaultdict(list)
    for clue, holders in _pointed_at(session, sent).items():
        for holder_id in holders:
            clues[holder_id].append(clue)
    order = list(Clue)
    likeliest = sorted(clues, key=lambda holder: (-len(clues[holder]), order.index(clues[holder][0]), holder))
    return ApplicantSight(
        sent,
        [_candidate(session, holder_id, clues[holder_id]) for holder_id in likeliest[:MOST]],
        _duplicates(session, sent),
    )


def _pointed_at(session: Session, sent: Registration) -> dict[Clue, Iterable[int]]:
    own = sent.organisation_id
    phone = select(Contact.holder_id).filter_by(organisation_id=own, phone=sent.phone)
    today = session.clock.now().date()
    room = (
        select(Tenancy.holder_id)
        .join(Room, Room.id == Tenancy.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(
            Tenancy.organisation_id == own,
            Room.number == sent.room.strip(),
            Building.name.contains(sent.building.strip(), autoescape=True),
            or_(Tenancy.ends_on.is_(None), Tenancy.ends_on > today),
        )
    )
    meter = (
        select(Account.holder_id)
        .join(AccountMeter, AccountMeter.account_id == Account.id)
        .join(Meter, Meter.id == AccountMeter.meter_id)
        .where(Meter.organisation_id == own, Meter.number == sent.meter_number.strip(), AccountMeter.ended_at.is_(None))
    )
    names = session.execute(select(Holder.id, Holder.name).filter_by(organisation_id=own)).all()
    typed = sent.enterprise.strip()
    return {
        Clue.CONTACT_PHONE: session.scalars(phone).all(),
        Clue.SAME_NAME: [number for number, name in names if name == typed],
        Clue.SIMILAR_NAME: [n for n, name in names if name != typed and likeness(name, typed) >= ALIKE],
        Clue.HOLDS_ROOM: session.scalars(room).all() if sent.room.strip() else [],
        Clue.PAYS_METER: session.scalars(meter).all() if sent.meter_number.strip() else [],
    }


def _candidate(session: Session, holder_id: int, clues: list[Clue]) -> Candidate:
    bound = select(func.count(Binding.wechat_user_id.distinct())).filter_by(holder_id=holder_id, ended_at=None)
    return Candidate(session.get_one(Holder, holder_id), tuple(dict.fromkeys(clues)), session.scalar(bound) or 0)


def _duplicates(session: Session, sent: Registration) -> Sequence[Registration]:
    same = or_(Registration.phone == sent.phone, Registration.enterprise == sent.enterprise)
    others = select(Registration).where(
        Registration.organisation_id == sent.organisation_id,
        Registration.id != sent.id,
        Registration.state == RegistrationState.WAITING,
        same,
    )
    return session.scalars(others.order_by(Registration.id).limit(MOST)).all()
