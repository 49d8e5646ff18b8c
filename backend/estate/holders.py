"""Holders and their archive: papers and contacts, as staff keep them."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import exists, select

from backend.audit.recording import Actor, record
from backend.estate.actions import EstateAction
from backend.estate.archive_models import Contact, Enterprise
from backend.estate.credit_code import is_credit_code, normalised_code
from backend.estate.errors import NameTakenError
from backend.estate.holder_errors import (
    ContactExistsError,
    CreditCodeTakenError,
    CreditCodeUnfitError,
    HolderUnknownError,
    PhoneUnfitError,
)
from backend.estate.models import Building, Holder, HolderKind, Room, Tenancy
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.inserting import insert, refusing
from backend.kernel.scope import Scope

HOLDER_NAME = "uq_holder_organisation_id_name"
PHONE = re.compile(r"\+?\d{5,20}")


@dataclass(frozen=True, slots=True)
class Papers:
    """What an invoice needs to know of an enterprise; an empty credit code is not known yet."""

    credit_code: str = ""
    invoice_title: str = ""
    registered_address: str = ""
    registered_phone: str = ""
    bank: str = ""
    bank_account: str = ""


def register_holder(session: Session, *, scope: Scope, name: str, kind: HolderKind, by: Actor) -> Holder:
    """Add somebody who can hold rooms; anybody who may change some park may. Raises NameTakenError."""
    holder = Holder(organisation_id=scope.organisation_id, name=name, kind=kind)
    insert(session, holder, **{HOLDER_NAME: NameTakenError(name=name)})
    record(session, by=by, action=EstateAction.HOLDER_ADDED, subject=holder, after={"name": name, "kind": kind.value})
    return holder


def rename_holder(session: Session, *, scope: Scope, holder_id: int, name: str, by: Actor) -> Holder:
    """Give a holder another name. Raises NotFoundError, NameTakenError."""
    holder = holder_inside(session, scope=scope, holder_id=holder_id)
    before = {"name": holder.name}
    with refusing(session, **{HOLDER_NAME: NameTakenError(name=name)}):
        holder.name = name
    record(session, by=by, action=EstateAction.HOLDER_RENAMED, subject=holder, before=before, after={"name": name})
    return holder


def keep_papers(session: Session, *, scope: Scope, holder_id: int, papers: Papers, by: Actor) -> Enterprise:
    """Store what an invoice needs. Raises NotFoundError, CreditCodeUnfitError, CreditCodeTakenError."""
    holder = holder_inside(session, scope=scope, holder_id=holder_id)
    code = normalised_code(papers.credit_code) or None
    if code is not None and not is_credit_code(code):
        raise CreditCodeUnfitError
    _refuse_taken(session, holder, code)
    kept = session.scalars(select(Enterprise).filter_by(holder_id=holder.id)).one_or_none()
    row = kept or Enterprise(organisation_id=holder.organisation_id, holder_id=holder.id)
    before = _told(row) if kept else None
    for name, value in {**asdict(papers), "credit_code": code}.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    record(session, by=by, action=EstateAction.ARCHIVE_CHANGED, subject=holder, before=before, after=_told(row))
    return row


def add_contact(
    session: Session,
    *,
    scope: Scope,
    holder_id: int,
    name: str,
    phone: str,
    duty: str = "",
    rank: int = 1,
    by: Actor,
) -> Contact:
    """Add somebody to call. Raises NotFoundError, PhoneUnfitError, ContactExistsError."""
    holder = holder_inside(session, scope=scope, holder_id=holder_id)
    contact = Contact(
        organisation_id=holder.organisation_id,
        holder_id=holder.id,
        name=name,
        phone=plain_phone(phone),
        duty=duty,
        rank=rank,
    )
    insert(session, contact, uq_contact_holder_id_phone=ContactExistsError())
    after = {"phone": contact.phone, "duty": duty}
    record(session, by=by, action=EstateAction.CONTACT_ADDED, subject=holder, after=after)
    return contact


def remove_contact(session: Session, *, scope: Scope, contact_id: int, by: Actor) -> None:
    """Forget a contact; who was bound by their telephone stays bound. Raises NotFoundError."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFoundError
    holder = holder_inside(session, scope=scope, holder_id=contact.holder_id)
    session.delete(contact)
    before = {"phone": contact.phone, "duty": contact.duty}
    record(session, by=by, action=EstateAction.CONTACT_REMOVED, subject=holder, before=before)


def holder_inside(session: Session, *, scope: Scope, holder_id: int) -> Holder:
    """Return a holder of the scope: of the organisation, and of some parks only who has or had a room there, or none.

    Raises NotFoundError.
    """
    holder = session.get(Holder, holder_id)
    if holder is None or holder.organisation_id != scope.organisation_id:
        raise NotFoundError
    if scope.park_ids is not None:
        held = select(Tenancy.id).where(Tenancy.holder_id == holder.id)
        placed = held.join(Room, Room.id == Tenancy.room_id).join(Building, Building.id == Room.building_id)
        here = placed.where(Building.park_id.in_(sorted(scope.park_ids)))
        somewhere, inside = session.execute(select(exists(held), exists(here))).one()
        if somewhere and not inside:
            raise NotFoundError
    return holder


def holder_named(session: Session, *, scope: Scope, name: str) -> Holder:
    """Return the holder of a name, inside the scope. Raises HolderUnknownError."""
    named = select(Holder.id).filter_by(organisation_id=scope.organisation_id, name=name.strip())
    number = session.scalars(named).one_or_none()
    try:
        return holder_inside(session, scope=scope, holder_id=number or 0)
    except NotFoundError:
        raise HolderUnknownError(name=name) from None


def plain_phone(typed: str) -> str:
    """Return a telephone number without spaces, hyphens and the Chinese country code. Raises PhoneUnfitError."""
    plain = re.sub(r"[\s\-()（）]", "", typed)
    plain = plain.removeprefix("+86").removeprefix("0086")
    if not PHONE.fullmatch(plain):
        raise PhoneUnfitError
    return plain


def _refuse_taken(session: Session, holder: Holder, code: str | None) -> None:
    other = session.scalars(
        select(Holder)
        .join(Enterprise, Enterprise.holder_id == Holder.id)
        .where(
            Enterprise.organisation_id == holder.organisation_id,
            Enterprise.credit_code == code,
            Holder.id != holder.id,
        )
    ).one_or_none()
    if code is not None and other is not None:
        raise CreditCodeTakenError(name=other.name)


def _told(row: Enterprise) -> dict[str, Any]:
    return {name: getattr(row, name) for name in asdict(Papers())}
