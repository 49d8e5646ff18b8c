"""Orders and the way of their money."""

from datetime import datetime

from pydantic import BaseModel, Field

from backend.metering.lines.silence import Medium
from backend.vending.models import OrderState
from miniprogram_api.schemas.incoming import Incoming
from miniprogram_api.schemas.timeline import Message, Step


class OrderView(BaseModel):
    """An order and how far its money has come."""

    order_no: str
    state: OrderState
    amount_fen: int
    meter: str
    meter_number: str
    medium: Medium = Field(description="what the meter measures")
    room: str
    holder: int
    holder_name: str
    mine: bool = Field(description="whether the asker placed it")
    placed_at: datetime
    expires_at: datetime
    can_pay: bool
    timeline: list[Step]
    message: Message
    message_text: str


class OrderQuery(Incoming):
    """Which page of the orders."""

    cursor: str | None = Field(None, pattern=r"^[0-9A-Z]{24}$", description="next_cursor of the page before")
    limit: int = Field(20, ge=1, le=100)


class OrderList(BaseModel):
    """A page of orders, the newest first."""

    orders: list[OrderView]
    next_cursor: str | None = Field(description="null: this was the last page")
