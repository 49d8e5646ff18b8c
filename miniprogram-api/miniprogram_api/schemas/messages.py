"""The inbox."""

from datetime import datetime

from pydantic import BaseModel, Field

from backend.notices.models import NoticeKind
from miniprogram_api.schemas.incoming import Incoming

LARGEST_NUMBER = 2**63 - 1


class MessageView(BaseModel):
    """A message, in the reader's language."""

    id: int
    kind: NoticeKind
    title: str
    text: str
    at: datetime
    read: bool
    order_no: str | None = Field(description="the order it is about")
    meter: str | None = Field(description="the meter it is about")


class MessageQuery(Incoming):
    """Which page of the inbox."""

    cursor: int | None = Field(None, ge=1, le=LARGEST_NUMBER, description="next of the page before")
    limit: int = Field(20, ge=1, le=100)


class MessageList(BaseModel):
    """A page of the inbox, the newest first."""

    items: list[MessageView]
    unread: int = Field(description="of the whole inbox")
    next: int | None = Field(description="null: this was the last page")


class UnreadCount(BaseModel):
    """What is left to be read."""

    unread: int
