"""From a code of WeChat to a token of ours, through whichever door: counted, exchanged, joined, welcomed."""

from collections.abc import Callable

from flask import request

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError, ProviderUnreachableError
from backend.notices.delivering import can_be_reached
from backend.people.attempts import Guess, give_back, spend
from backend.people.binding import bindings_of
from backend.people.joining import join
from backend.people.logging_in import issue_token, token_end, user_of_openid
from backend.people.models import WechatApp, WechatAppKind
from backend.people.wechat_apps import app_called
from backend.runtime import Runtime, runtime
from miniprogram_api.errors import WechatAppUnknownError
from miniprogram_api.schemas.people import Login
from miniprogram_api.wechat_login import WechatIdentity

Exchange = Callable[[Runtime, WechatApp, str], WechatIdentity]


def let_in(appid: str, kind: WechatAppKind, code: str, exchange: Exchange) -> Login:
    """Log in with a code of an application of ours; failures are counted by address."""
    here, asker = runtime(), request.remote_addr or ""
    app = here.database.run(lambda session: admit(session, asker=asker, appid=appid, kind=kind))
    try:
        identity = exchange(here, app, code)
    except ProviderUnreachableError:
        here.database.run(lambda session: give_back(session, guess=Guess.LOG_IN_BY_ADDRESS, asker=asker))
        raise
    return here.database.run(lambda session: _welcome(session, asker, app, identity))


def admit(session: Session, *, asker: str, appid: str, kind: WechatAppKind) -> WechatApp:
    """Count a try and return the application. Raises TooManyAttemptsError, WechatAppUnknownError."""
    spend(session, guess=Guess.LOG_IN_BY_ADDRESS, asker=asker)
    return known_app(session, appid=appid, kind=kind)


def known_app(session: Session, *, appid: str, kind: WechatAppKind) -> WechatApp:
    """Return an application of ours. Raises WechatAppUnknownError."""
    try:
        return app_called(session, appid=appid, kind=kind)
    except NotFoundError as error:
        raise WechatAppUnknownError from error


def _welcome(session: Session, asker: str, app: WechatApp, identity: WechatIdentity) -> Login:
    give_back(session, guess=Guess.LOG_IN_BY_ADDRESS, asker=asker)
    user = user_of_openid(session, app=app, openid=identity.openid, unionid=identity.unionid)
    join(session, user=user)
    can_be_reached(session, user_id=user.id)
    until = token_end(session)
    token = issue_token(session, user=user, until=until)
    return Login(token=token, expires_at=until, bound=bool(bindings_of(session, user=user)))
