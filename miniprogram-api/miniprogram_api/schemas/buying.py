"""Wishes, and what it takes to pay them."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from backend.vending.models import OrderState
from miniprogram_api.schemas.incoming import Incoming

LARGEST_FEN = 10_000_000_000


class OrderRequest(Incoming):
    """A wish to top up; the same tap told twice is one order."""

    meter: str = Field(pattern=r"^[0-9A-Z]{26}$", description="the meter's reference")
    amount_fen: Annotated[int, Field(strict=True, ge=1, le=LARGEST_FEN)]
    tap: str = Field(pattern=r"^[0-9A-Za-z_\-]{8,64}$", description="drawn by the client once for each tap")


class PayArguments(BaseModel):
    """The arguments of wx.requestPayment, and with appId those of WeixinJSBridge in the official account."""

    app_id: str = Field(alias="appId")
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
