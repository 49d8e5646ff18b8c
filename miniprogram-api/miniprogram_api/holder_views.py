"""For whom a user acts, as the pages read it."""

from sqlalchemy import select

from backend.estate.models import Holder
from backend.kernel.db import Session
from backend.people.binding import bindings_of
from backend.people.models import Binding, WechatUser
from miniprogram_api.schemas.people import BoundHolder


def holders_of(session: Session, user: WechatUser) -> list[BoundHolder]:
    """Return for whom a user may act, as what and up to how much, the oldest first."""
    return holder_views(session, *bindings_of(session, user=user))


def holder_views(session: Session, *bound: Binding) -> list[BoundHolder]:
    """Show holders to somebody who is bound to them."""
    held = select(Holder).where(Holder.id.in_([binding.holder_id for binding in bound]))
    names = {holder.id: holder.name for holder in session.scalars(held)}
    return [
        BoundHolder(
            holder=each.holder_id, name=names[each.holder_id], role=each.role, monthly_limit_fen=each.monthly_limit_fen
        )
        for each in bound
    ]
