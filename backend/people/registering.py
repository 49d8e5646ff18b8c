"""Apply to be bound to a holder: proved at once where something proves it, else for staff to decide."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, exists, select

from backend.audit.recording import record
from backend.estate.archive_models import Contact
from backend.estate.holders import plain_phone
from backend.estate.models import Building, Holder, Park
from backend.kernel import outbox
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.inserting import insert
from backend.people.actions import PeopleAction, acting
from backend.people.binding import bind_person
from backend.people.joining import belongs_to_person
from backend.people.joining_errors import RegistrationClosedError, RegistrationWaitingError
from backend.people.models import Binding, Role, WechatUser
from backend.people.registration_models import Registration, RegistrationProof, RegistrationState


@dataclass(frozen=True, slots=True)
class Application:
    """What an applicant says; phone_proved: WeChat told the telephone number, the applicant did not type it."""

    name: str
    phone: str
    enterprise: str
    building: str = ""
    room: str = ""
    meter_number: str = ""
    phone_proved: bool = False


def apply(session: Session, *, user: WechatUser, application: Application, request_id: str) -> Registration:
    """Store an application, and approve it at once when WeChat told a telephone number that is a contact's.

    Raises RegistrationWaitingError while another one waits, PhoneUnfitError.
    """
    words = {**asdict(application), "phone": plain_phone(application.phone)}
    sent = Registration(
        organisation_id=user.organisation_id,
        wechat_user_id=user.id,
        park_id=_park_told(session, user.organisation_id, application.building),
        applied_at=session.clock.now(),
        **words,
    )
    insert(session, sent, uq_registration_waiting=RegistrationWaitingError())
    after: dict[str, object] = {"phone_proved": sent.phone_proved}
    by = acting(user, request_id)
    record(session, by=by, action=PeopleAction.REGISTRATION_SENT, subject=sent, after=after, park_id=sent.park_id)
    holder_id = _proved_holder(session, sent)
    if holder_id is None:
        tell(session, sent, "registration_waiting", request_id)
        return sent
    role = Role.PAYER if _has_owner(session, holder_id) else Role.OWNER
    sent.proof = RegistrationProof.CONTACT_PHONE
    accept(session, registration=sent, user=user, holder_id=holder_id, role=role)
    after = {"holder": holder_id, "role": role.value, "proof": sent.proof.value}
    record(session, by=by, action=PeopleAction.REGISTRATION_APPROVED, subject=sent, after=after, park_id=sent.park_id)
    tell(session, sent, "registration_approved", request_id)
    return sent


def accept(session: Session, *, registration: Registration, user: WechatUser, holder_id: int, role: Role) -> Binding:
    """Bind the applicant and close the application; who calls it records and tells it."""
    registration.state, registration.decided_at = RegistrationState.APPROVED, session.clock.now()
    bound = bind_person(session, user=user, holder_id=holder_id, role=role, name=registration.name)
    registration.holder_id, registration.role = holder_id, bound.role
    session.flush()
    return bound


def withdraw(session: Session, *, user: WechatUser, registration_id: int, request_id: str) -> None:
    """Take an application back. Raises NotFoundError, RegistrationClosedError."""
    mine = select(Registration).where(Registration.id == registration_id, _own(user)).with_for_update()
    sent = session.scalars(mine).one_or_none()
    if sent is None:
        raise NotFoundError
    if sent.state is not RegistrationState.WAITING:
        raise RegistrationClosedError
    sent.state, sent.decided_at = RegistrationState.WITHDRAWN, session.clock.now()
    by = acting(user, request_id)
    record(session, by=by, action=PeopleAction.REGISTRATION_WITHDRAWN, subject=sent, park_id=sent.park_id)


def registrations_of(session: Session, *, user: WechatUser, most: int = 20) -> Sequence[Registration]:
    """Return a person's applications, the newest first, with what was answered."""
    mine = select(Registration).where(_own(user)).order_by(Registration.id.desc())
    return session.scalars(mine.limit(most)).all()


def tell(session: Session, registration: Registration, topic: str, request_id: str) -> None:
    """Leave an event for whoever tells people; it names rows and holds no words of the applicant's."""
    outbox.record(
        session,
        organisation_id=registration.organisation_id,
        topic=topic,
        key=str(registration.id),
        facts={"registration_id": registration.id, "wechat_user_id": registration.wechat_user_id},
        request_id=request_id,
    )


def _own(user: WechatUser) -> ColumnElement[bool]:
    return belongs_to_person(Registration.wechat_user_id, user)


def _proved_holder(session: Session, sent: Registration) -> int | None:
    """Return the one holder that the telephone number proves: the only one it is a contact of, or the one named."""
    if not sent.phone_proved:
        return None
    known = (
        select(Holder)
        .join(Contact, Contact.holder_id == Holder.id)
        .where(Contact.organisation_id == sent.organisation_id, Contact.phone == sent.phone)
    )
    holders = session.scalars(known).all()
    named = [holder for holder in holders if holder.name == sent.enterprise.strip()]
    fitting = named or holders
    return fitting[0].id if len(fitting) == 1 else None


def _has_owner(session: Session, holder_id: int) -> bool:
    owners = select(Binding.id).where(
        Binding.holder_id == holder_id, Binding.role == Role.OWNER, Binding.ended_at.is_(None)
    )
    return bool(session.scalar(select(exists(owners))))


def _park_told(session: Session, organisation_id: int, building: str) -> int | None:
    parks = session.scalars(select(Park.id).filter_by(organisation_id=organisation_id).limit(2)).all()
    if len(parks) == 1:
        return parks[0]
    named = select(Building.park_id).filter_by(organisation_id=organisation_id, name=building.strip()).distinct()
    found = session.scalars(named.limit(2)).all()
    return found[0] if len(found) == 1 else None
