"""Logging in and out."""

from backend.people.logging_in import revoke_all, revoke_token
from backend.people.models import WechatAppKind
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in, presented_token
from miniprogram_api.describing import operation
from miniprogram_api.letting_in import let_in
from miniprogram_api.schemas.people import Login, LoginRequest
from miniprogram_api.wechat_login import identity_of_code


@api.post("/login")
@api.input(LoginRequest)
@api.output(Login)
@operation("logIn", "login", 400, 401, 403, 404, 429, 503, secured=False)
def log_in(json_data: LoginRequest) -> Login:
    """Log in with the code of wx.login."""
    return let_in(json_data.appid, WechatAppKind.MINI_PROGRAM, json_data.code, identity_of_code)


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
