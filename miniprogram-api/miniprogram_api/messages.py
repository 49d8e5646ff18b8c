"""The inbox of a user: what they were told, and what of it they have read."""

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.notices.inbox import mark_read, messages_of, unread
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.describing import operation
from miniprogram_api.message_views import view_of
from miniprogram_api.schemas.messages import LARGEST_NUMBER, MessageList, MessageQuery, UnreadCount


@api.get("/messages")
@logged_in
@api.input(MessageQuery, location="query")
@api.output(MessageList)
@operation("listMessages", "messages")
def list_messages(query_data: MessageQuery) -> MessageList:
    """Show the user's messages, the newest first."""
    user, limit = current_user(), query_data.limit

    def page(session: Session) -> MessageList:
        found = messages_of(session, user=user, before=query_data.cursor, limit=limit + 1)
        items = [view_of(message) for message in found[:limit]]
        return MessageList(
            items=items,
            unread=unread(session, user=user),
            next=items[-1].id if len(found) > limit else None,
        )

    return runtime().database.run(page)


@api.post("/messages/<int:message>/read")
@logged_in
@api.output(UnreadCount)
@operation("readMessage", "messages", 404)
def read_message(message: int) -> UnreadCount:
    """Note that the user has read a message; again changes nothing."""
    if message > LARGEST_NUMBER:
        raise NotFoundError
    user = current_user()

    def read(session: Session) -> UnreadCount:
        mark_read(session, user=user, message_id=message)
        return UnreadCount(unread=unread(session, user=user))

    return runtime().database.run(read)
