"""For whom a user acts: shown, begun by an invite code, ended."""

from flask import g, request

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.people.attempts import Guess, give_back, spend
from backend.people.binding import bind
from backend.people.choosing_holder import acting_for
from backend.people.membership import leave
from backend.people.models import WechatUser
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.describing import operation
from miniprogram_api.holder_views import holder_views, holders_of
from miniprogram_api.schemas.people import BindRequest, BoundHolder, Me
from miniprogram_api.settings import settings_of

LARGEST_NUMBER = 2**63 - 1


@api.get("/me")
@logged_in
@api.output(Me)
@operation("getMe", "bindings")
def get_me() -> Me:
    """Show for whom the user acts, as what, and their settings."""
    user = current_user()
    return runtime().database.run(lambda session: _me(session, user))


@api.post("/bindings")
@logged_in
@api.input(BindRequest)
@api.output(BoundHolder)
@operation("bind", "bindings", 400, 404, 409, 429)
def bind_by_code(json_data: BindRequest) -> BoundHolder:
    """Bind the user to the holder of an invite code; who is bound already keeps their role and uses nothing up."""
    database, user, request_id = runtime().database, current_user(), g.request_id
    tries = {Guess.BIND_BY_USER: str(user.id), Guess.BIND_BY_ADDRESS: request.remote_addr or ""}

    def count(session: Session) -> None:
        for guess, asker in tries.items():
            spend(session, guess=guess, asker=asker)

    def use(session: Session) -> BoundHolder:
        bound = bind(session, user=user, code=json_data.code, request_id=request_id)
        for guess, asker in tries.items():
            give_back(session, guess=guess, asker=asker)
        return holder_views(session, bound)[0]

    database.run(count)
    return database.run(use)


@api.delete("/bindings/<int:holder>")
@logged_in
@api.output({}, status_code=204)
@operation("unbind", "bindings", 404, 409)
def unbind_holder(holder: int) -> str:
    """End the user's own binding to a holder; its last owner stays as long as others are bound."""
    if holder > LARGEST_NUMBER:
        raise NotFoundError
    user, request_id = current_user(), g.request_id
    runtime().database.run(lambda session: leave(session, user=user, holder_id=holder, request_id=request_id))
    return ""


def _me(session: Session, user: WechatUser) -> Me:
    told, chosen = settings_of(session, user=user), acting_for(session, user=user)
    return Me(holders=holders_of(session, user), settings=told, acting_for=chosen)
