"""The list of enterprises, persons and room groups."""

from typing import Any

from sqlalchemy import Select, func, select

from backend.accounts.models import Account
from backend.admin.lists.column import Column, Listing
from backend.admin.lists.joins import held_now, holders_inside
from backend.admin.lists.sieves import text_in, word_of
from backend.admin.lists.views import hang
from backend.estate.archive_models import Contact, Enterprise
from backend.estate.models import Building, Holder, HolderKind, Park, Room, Tenancy
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.staff.roles import Permission


def _holders(session: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    first = select(Contact).where(Contact.holder_id == Holder.id).order_by(Contact.rank, Contact.id).limit(1)
    contact = first.lateral("contact")
    rooms = (
        select(func.count())
        .select_from(Tenancy)
        .join(Room, Room.id == Tenancy.room_id)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .where(Tenancy.holder_id == Holder.id, held_now(session))
        .correlate(Holder)
    )
    accounts = select(func.count()).where(Account.holder_id == Holder.id, Account.closed_at.is_(None))
    found = (
        select(
            Holder.id.label("id"),
            Holder.name.label("name"),
            Holder.kind.label("kind"),
            Enterprise.credit_code.label("credit_code"),
            contact.c.name.label("contact"),
            contact.c.phone.label("phone"),
            rooms.scalar_subquery().label("rooms"),
            accounts.scalar_subquery().label("accounts"),
        )
        .outerjoin(Enterprise, Enterprise.holder_id == Holder.id)
        .outerjoin(contact, contact.c.holder_id == Holder.id)
        .where(Holder.organisation_id == scope.organisation_id)
    )
    return found if scope.park_ids is None else found.where(Holder.id.in_(holders_inside(scope)))


ENTERPRISES = Listing(
    name="enterprises",
    title="企业",
    permission=Permission.VIEW_ESTATE,
    columns=(
        Column("name", "名称", link="enterprises/{id}"),
        Column("kind", "类型", "word", enum="HolderKind"),
        Column("credit_code", "统一社会信用代码"),
        Column("contact", "联系人", personal="name"),
        Column("phone", "电话", personal="phone"),
        Column("rooms", "房间数", "number", total=True),
        Column("accounts", "账户数", "number", total=True),
    ),
    sieves=(
        text_in(Holder.name, Enterprise.credit_code, title="名称或信用代码"),
        word_of("kind", "类型", Holder.kind, HolderKind),
    ),
    statement=_holders,
    order=("name",),
    empty="没有符合条件的企业。",
    create=("enterprises/new", "登记租户", Permission.CHANGE_ESTATE),
)
hang(ENTERPRISES)
