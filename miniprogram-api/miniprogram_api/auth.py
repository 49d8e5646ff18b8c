"""Who asks: the token of a request, and the user it stands for."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import g

from backend.kernel.errors import NotLoggedInError
from backend.people.logging_in import user_of_token
from backend.people.models import WechatUser
from backend.runtime import runtime
from miniprogram_api.bearer import bearer

P = ParamSpec("P")
R = TypeVar("R")


def logged_in(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for a logged-in user only, who then is `current_user()`."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        token = presented_token()
        g.user = runtime().database.run(lambda session: user_of_token(session, token=token))
        return view(*args, **kwargs)

    return guarded


def presented_token() -> str:
    """Return the bearer token of this request. Raises NotLoggedInError."""
    token = bearer()
    if token is None:
        raise NotLoggedInError
    return token


def current_user() -> WechatUser:
    """Return the user of this request."""
    return cast("WechatUser", g.user)
