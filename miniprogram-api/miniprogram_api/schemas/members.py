"""The people of a holder."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from backend.people.models import Role
from miniprogram_api.schemas.buying import LARGEST_FEN
from miniprogram_api.schemas.incoming import Incoming

Limit = Annotated[int, Field(strict=True, ge=0, le=LARGEST_FEN)] | None


class MemberView(BaseModel):
    """A person bound to the holder."""

    member: int
    name: str
    role: Role
    monthly_limit_fen: int | None = Field(description="null: any amount")
    bound_at: datetime
    myself: bool


class MemberList(BaseModel):
    """Everybody bound to the holder, each person once."""

    members: list[MemberView]


class MemberRequest(Incoming):
    """What a member shall be from now on."""

    role: Role
    name: str = Field("", max_length=40)
    monthly_limit_fen: Limit = None


class HeirRequest(Incoming):
    """Who becomes the owner."""

    member: int


class HolderChoice(Incoming):
    """For whom to act from now on."""

    holder: int
