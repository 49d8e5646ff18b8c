"""What goes in and out, as pydantic models: the source of openapi.json.

Amounts are whole fen, energy whole watt-hours, instants aware UTC. Nothing that goes out has a default, so that
a typed client knows each field is there.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from backend.people.models import Role
from backend.vending.models import OrderState
from meter_bridge.protocol import SupplyState

LARGEST_FEN = 10_000_000_000


class Incoming(BaseModel):
    """A body or query whose unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class LoginRequest(Incoming):
    """What wx.login gave, and in which mini-program."""

    appid: str = Field(pattern=r"^wx[0-9a-zA-Z]{1,62}$", examples=["wx8a1b2c3d4e5f6071"])
    code: str = Field(pattern=r"^[0-9A-Za-z_\-]{1,128}$", description="from wx.login, good once and for five minutes")


class Login(BaseModel):
    """A token to be sent as `Authorization: Bearer …`."""

    token: str
    expires_at: datetime
    bound: bool = Field(description="false: ask for an invite code first")


class BoundHolder(BaseModel):
    """An enterprise, person or room group the user acts for."""

    holder: int
    name: str
    role: Role


class Me(BaseModel):
    """The user, by what they may act for."""

    holders: list[BoundHolder]


class BindRequest(Incoming):
    """An invite code as it was typed: case, spaces, hyphens and O/0, I/L/1 do not matter."""

    code: str = Field(min_length=1, max_length=64)


class CreditSource(StrEnum):
    """Who says how much credit there is."""

    METER = "meter"
    PLATFORM = "platform"


class WhyNot(StrEnum):
    """Why a meter cannot be topped up by this user now."""

    VIEWER_ONLY = "viewer_only"
    METER_FROZEN = "meter_frozen"
    NOT_SELLABLE = "not_sellable"


class MeterView(BaseModel):
    """A meter as its holder's people see it."""

    reference: str
    number: str
    room: str = Field(description="park, building, floor and room in one line")
    holder: int
    holder_name: str
    role: Role
    credit_fen: int | None = Field(description="negative is debt; null: not known, or not counted in money")
    credit_source: CreditSource
    remaining_energy_wh: int | None = Field(description="for meters whose credit is energy")
    supply: SupplyState | None = Field(description="closed: current flows; open: it does not; null: not known")
    read_at: datetime | None = Field(description="when the meter was last read")
    age_seconds: int | None = Field(description="how long ago that was")
    gateway_answers: bool | None = Field(description="false: the meter cannot be reached now; null: not known")
    can_top_up: bool
    why_not: WhyNot | None
    why_not_text: str | None


class MeterList(BaseModel):
    """Every meter of every holder the user is bound to."""

    meters: list[MeterView]


class OrderRequest(Incoming):
    """A wish to top up; the same tap told twice is one order."""

    meter: str = Field(pattern=r"^[0-9A-Z]{26}$", description="the meter's reference")
    amount_fen: Annotated[int, Field(strict=True, ge=1, le=LARGEST_FEN)]
    tap: str = Field(pattern=r"^[0-9A-Za-z_\-]{8,64}$", description="drawn by the client once for each tap")


class PayArguments(BaseModel):
    """The arguments of wx.requestPayment."""

    time_stamp: str = Field(alias="timeStamp")
    nonce_str: str = Field(alias="nonceStr")
    package: str
    sign_type: str = Field(alias="signType")
    pay_sign: str = Field(alias="paySign")


class CheckoutView(BaseModel):
    """An order that was placed; the callback of wx.requestPayment is no proof, so ask for the order afterwards."""

    order_no: str
    state: OrderState
    expires_at: datetime
    pay: PayArguments | None = Field(description="null: nothing is left to pay")


class StepName(StrEnum):
    """The way of a payment."""

    PLACED = "placed"
    PAID = "paid"
    SENT = "sent"
    CONFIRMED = "confirmed"
    SUPPLY_ON = "supply_on"
    CLOSED = "closed"


class Step(BaseModel):
    """One step of the way, done or still to come."""

    step: StepName
    at: datetime | None
    done: bool


class Message(StrEnum):
    """What there is to say about an order now."""

    WAITING_FOR_PAYMENT = "waiting_for_payment"
    EXPIRED = "expired"
    ON_THE_WAY = "on_the_way"
    CHECKING = "checking"
    LATE = "late"
    HELD = "held"
    REFUSED = "refused"
    CREDITED = "credited"
    SUPPLY_OFF = "supply_off"
    CLOSED = "closed"


class OrderView(BaseModel):
    """An order and how far its money has come."""

    order_no: str
    state: OrderState
    amount_fen: int
    meter: str
    meter_number: str
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


class ProblemField(BaseModel):
    """A field that does not fit."""

    field: str
    code: str
    detail: str


class Problem(BaseModel):
    """The one shape of every refusal (RFC 9457); detail is in the reader's language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    fields: list[ProblemField] | None = Field(None, description="with 422 only")
