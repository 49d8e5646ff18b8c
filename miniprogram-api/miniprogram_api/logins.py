"""Logging in and out."""

from flask import request

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError, ProviderUnreachableError
from backend.people.attempts import Guess, give_back, spend
from backend.people.binding import bindings_of
from backend.people.logging_in import issue_token, revoke_all, revoke_token, token_end, user_of_openid
from backend.people.models import WechatApp, WechatAppKind
from backend.people.wechat_apps import app_called, open_secret
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in, presented_token
from miniprogram_api.describing import operation
from miniprogram_api.errors import WechatAppUnknownError
from miniprogram_api.schemas.people import Login, LoginRequest
from miniprogram_api.wechat_login import WechatIdentity, identity_of_code


@api.post("/login")
@api.input(LoginRequest)
@api.output(Login)
@operation("logIn", "login", 400, 401, 403, 404, 429, 503, secured=False)
def log_in(json_data: LoginRequest) -> Login:
    """Log in with the code of wx.login."""
    database, asker = runtime().database, request.remote_addr or ""
    app = database.run(lambda session: _admit(session, asker, json_data.appid))
    try:
        identity = identity_of_code(
            runtime(), appid=app.appid, secret=open_secret(app, seal=runtime().seal), code=json_data.code
        )
    except ProviderUnreachableError:
        database.run(lambda session: give_back(session, guess=Guess.LOG_IN_BY_ADDRESS, asker=asker))
        raise
    return database.run(lambda session: _welcome(session, asker, app, identity))


@api.post("/logout")
@logged_in
@api.output({}, status_code=204)
@operation("logOut", "login")
def log_out() -> str:
    """End this log-in."""
    token = presented_token()
    runtime().database.run(lambda session: revoke_token(session, token=token))
    return ""


@api.post("/logout-everywhere")
@logged_in
@api.output({}, status_code=204)
@operation("logOutEverywhere", "login")
def log_out_everywhere() -> str:
    """End every log-in of this user, on every telephone."""
    user = current_user()
    runtime().database.run(lambda session: revoke_all(session, user=user))
    return ""


def _admit(session: Session, asker: str, appid: str) -> WechatApp:
    spend(session, guess=Guess.LOG_IN_BY_ADDRESS, asker=asker)
    try:
        return app_called(session, appid=appid, kind=WechatAppKind.MINI_PROGRAM)
    except NotFoundError as error:
        raise WechatAppUnknownError from error


def _welcome(session: Session, asker: str, app: WechatApp, identity: WechatIdentity) -> Login:
    give_back(session, guess=Guess.LOG_IN_BY_ADDRESS, asker=asker)
    user = user_of_openid(session, app=app, openid=identity.openid, unionid=identity.unionid)
    until = token_end(session)
    token = issue_token(session, user=user, until=until)
    return Login(token=token, expires_at=until, bound=bool(bindings_of(session, user=user)))
