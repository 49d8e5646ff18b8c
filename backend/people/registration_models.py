"""Applications of users who want to be bound to a holder."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word
from backend.people.models import Role


class RegistrationState(StrEnum):
    """How far an application has come."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class RegistrationProof(StrEnum):
    """What an approval rests on."""

    CONTACT_PHONE = "contact_phone"
    STAFF = "staff"


class Registration(OwnedRow, Base):
    """What somebody says of themselves, and what became of it. A meter's number proves nothing: it is printed on it."""

    __tablename__ = "registration"
    __table_args__ = owned(
        same_owner("wechat_user_id", "wechat_user"),
        same_owner("park_id", "park"),
        same_owner("holder_id", "holder"),
        Index("uq_registration_waiting", "wechat_user_id", unique=True, postgresql_where="state = 'waiting'"),
        Index("ix_registration_queue", "organisation_id", "state", "id"),
    )

    wechat_user_id: Mapped[int]
    name: Mapped[str]
    phone: Mapped[str]
    phone_proved: Mapped[bool]  # told by WeChat, not typed
    enterprise: Mapped[str]
    building: Mapped[str]
    room: Mapped[str]
    meter_number: Mapped[str]
    park_id: Mapped[int | None]  # as far as the words tell
    state: Mapped[RegistrationState] = mapped_column(word(RegistrationState), default=RegistrationState.WAITING)
    applied_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None]  # a staff member's number; unset: what was proved decided
    proof: Mapped[RegistrationProof | None] = mapped_column(word(RegistrationProof))
    holder_id: Mapped[int | None]
    role: Mapped[Role | None] = mapped_column(word(Role))
    answer: Mapped[str] = mapped_column(default="")  # the applicant reads it
