"""Invites to a holder."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from backend.people.models import Role
from miniprogram_api.schemas.buying import LARGEST_FEN
from miniprogram_api.schemas.incoming import Incoming

Limit = Annotated[int, Field(strict=True, ge=0, le=LARGEST_FEN)] | None


class InviteRequest(Incoming):
    """Whom to invite, as what, and for how long the code is good."""

    role: Role = Role.PAYER
    name: str = Field("", max_length=40)
    monthly_limit_fen: Limit = None
    hours: Annotated[int, Field(strict=True, ge=1, le=168)] = 72


class InviteCode(BaseModel):
    """The code, shown once, the link that carries it, and the link as a picture."""

    code: str
    link: str
    qr_png: str = Field(description="as a data: address, which WeChat's image shows")


class InviteView(BaseModel):
    """An invite nobody has used yet; its code was shown once."""

    invite: int
    name: str
    role: Role
    monthly_limit_fen: int | None
    expires_at: datetime


class InviteList(BaseModel):
    """Invites of the holder that can still be used."""

    invites: list[InviteView]
