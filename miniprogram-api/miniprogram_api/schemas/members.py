"""The people of a holder."""

from datetime import datetime

from pydantic import BaseModel, Field

from backend.people.models import Role
from miniprogram_api.schemas.incoming import Incoming
from miniprogram_api.schemas.invites import InviteView, Limit
from miniprogram_api.schemas.people import BoundHolder


class MemberView(BaseModel):
    """A person bound to the holder."""

    member: int
    name: str
    role: Role
    monthly_limit_fen: int | None = Field(description="null: any amount")
    spent_fen: int = Field(description="this month, for this holder; what was ordered and can still be paid counts")
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


class HolderPeople(BaseModel):
    """The holder the user acts for, its people as far as the user may see them, and the user's other holders."""

    acting_for: int | None = Field(description="null: bound to nobody")
    holders: list[BoundHolder]
    spent_fen: int = Field(description="by the user, this month, for the holder they act for")
    members: list[MemberView] | None = Field(description="null: the user is no owner")
    invites: list[InviteView] | None = Field(description="those that can still be used; null: the user is no owner")


class HolderChoice(Incoming):
    """For whom to act from now on."""

    holder: int
