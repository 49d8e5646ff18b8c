"""An order, as it is shown to one user."""

from backend.people.models import WechatUser
from miniprogram_api.media import medium_named
from miniprogram_api.order_queries import OrderSight
from miniprogram_api.schemas.orders import OrderView
from miniprogram_api.timeline import can_pay, message_of, steps_of
from miniprogram_api.wording import say_of


def view_of(sight: OrderSight, user: WechatUser) -> OrderView:
    """Return an order as this user is shown it."""
    progress, order = sight.progress, sight.progress.order
    mine, message = order.placed_by == user.id, message_of(progress)
    medium = medium_named(sight.meter.profile)
    return OrderView(
        order_no=order.order_no,
        state=order.state,
        amount_fen=order.amount_fen,
        meter=sight.meter.reference,
        meter_number=sight.meter.number,
        medium=medium,
        room=sight.location.label(),
        holder=sight.holder.id,
        holder_name=sight.holder.name,
        mine=mine,
        placed_at=order.placed_at,
        expires_at=order.expires_at,
        can_pay=mine and can_pay(progress),
        timeline=steps_of(progress),
        message=message,
        message_text=say_of(message.value, medium),
    )
