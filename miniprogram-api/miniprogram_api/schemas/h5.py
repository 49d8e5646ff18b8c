"""Logging in from a page of the official account."""

from pydantic import BaseModel, Field

from miniprogram_api.schemas.incoming import Incoming

APPID = r"^wx[0-9a-zA-Z]{1,62}$"


class AuthorizeQuery(Incoming):
    """Which official account, and to which page of ours WeChat is to come back."""

    appid: str = Field(pattern=APPID, examples=["wx8a1b2c3d4e5f6071"])
    page: str = Field("/h5/", pattern=r"^/[0-9A-Za-z_\-/.]{0,100}$", description="path of the page to come back to")


class WhereToGo(BaseModel):
    """Where the page must go; a cookie comes with it that the log-in needs."""

    url: str


class H5LoginRequest(Incoming):
    """What the page came back with."""

    appid: str = Field(pattern=APPID, examples=["wx8a1b2c3d4e5f6071"])
    code: str = Field(pattern=r"^[0-9A-Za-z_\-]{1,128}$", description="good once and for five minutes")
    state: str = Field(pattern=r"^[0-9a-f]{72}$", description="as it was sent along")
