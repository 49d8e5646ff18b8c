"""The H5 door: logging in from a page of the official account, by WeChat's web page authorization."""

from flask import Response, after_this_request, request
from wechatpy.oauth import WeChatOAuth

from backend.kernel.settings import REAL_ORIGINS
from backend.people.models import WechatAppKind
from backend.runtime import Runtime, runtime
from miniprogram_api.api import api
from miniprogram_api.describing import operation
from miniprogram_api.followers import identity_of_visitor
from miniprogram_api.h5_state import LIFE, check_state, new_state
from miniprogram_api.letting_in import known_app, let_in
from miniprogram_api.schemas.h5 import AuthorizeQuery, H5LoginRequest, WhereToGo
from miniprogram_api.schemas.people import Login

VISITOR = "dianyuan_h5"
OFFICIAL_ACCOUNT = WechatAppKind.OFFICIAL_ACCOUNT


@api.get("/h5/authorize")
@api.input(AuthorizeQuery, location="query")
@api.output(WhereToGo)
@operation("authorizeH5", "login", 401, 404, secured=False)
def authorize(query_data: AuthorizeQuery) -> WhereToGo:
    """Say where a page of the official account must go, to come back with a code and the state."""
    here, appid = runtime(), query_data.appid
    here.database.run(lambda session: known_app(session, appid=appid, kind=OFFICIAL_ACCOUNT))
    visitor = request.cookies.get(VISITOR) or here.database.entropy.token()
    state = new_state(_key(here), appid=appid, visitor=visitor, now=here.clock.now())
    after_this_request(lambda answer: _remember(answer, here, visitor))
    back = f"{here.settings.public_url}{query_data.page}"
    gate = WeChatOAuth(appid, "", back, scope="snsapi_base", state=state)
    if here.settings.wechat_api_origin != REAL_ORIGINS["wechat_api_origin"]:
        gate.OAUTH_BASE_URL = f"{here.settings.wechat_api_origin}/connect/"
    return WhereToGo(url=gate.authorize_url)


@api.post("/h5/login")
@api.input(H5LoginRequest)
@api.output(Login)
@operation("logInH5", "login", 400, 401, 403, 404, 429, 503, secured=False)
def log_in_h5(json_data: H5LoginRequest) -> Login:
    """Log in with the code and the state that the page came back with."""
    here, visitor = runtime(), request.cookies.get(VISITOR, "")
    appid, state = json_data.appid, json_data.state
    check_state(_key(here), appid=appid, visitor=visitor, state=state, now=here.clock.now())
    return let_in(appid, OFFICIAL_ACCOUNT, json_data.code, identity_of_visitor)


def _remember(answer: Response, here: Runtime, visitor: str) -> Response:
    """Let the browser, and no script in it, keep by what it is known again."""
    answer.set_cookie(
        VISITOR,
        visitor,
        max_age=LIFE,
        path=f"{api.url_prefix}/h5",
        secure=here.settings.public_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )
    return answer


def _key(here: Runtime) -> bytes:
    return bytes.fromhex(here.settings.master_key.get_secret_value())
