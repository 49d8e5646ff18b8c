"""Log-ins and bindings."""

from datetime import datetime

from pydantic import BaseModel, Field

from backend.people.models import Role
from miniprogram_api.schemas.incoming import Incoming
from miniprogram_api.schemas.settings import SettingsView


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
    monthly_limit_fen: int | None = Field(description="what the user may top up with in a month; null: any amount")


class Me(BaseModel):
    """The user, by what they may act for and what they set."""

    holders: list[BoundHolder]
    settings: SettingsView
    acting_for: int | None = Field(description="the holder chosen last, else the first; null: none")


class BindRequest(Incoming):
    """An invite code as it was typed: case, spaces, hyphens and O/0, I/L/1 do not matter."""

    code: str = Field(min_length=1, max_length=64)
