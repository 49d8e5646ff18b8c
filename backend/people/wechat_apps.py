"""The organisation's applications at WeChat, and their secrets."""

from sqlalchemy import select

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.sealing import Seal
from backend.people.models import WechatApp, WechatAppKind


def register_app(
    session: Session, *, seal: Seal, organisation_id: int, appid: str, kind: WechatAppKind, secret: str
) -> WechatApp:
    """Register an application, or give a known one of this organisation its new secret."""
    sealed = seal.seal(secret.encode(), owner=_owner(appid))
    app = session.scalars(select(WechatApp).where(WechatApp.appid == appid).with_for_update()).one_or_none()
    if app is None:
        app = WechatApp(organisation_id=organisation_id, appid=appid, kind=kind, sealed_secret=sealed)
        session.add(app)
    elif app.organisation_id != organisation_id:
        raise NotFoundError
    app.kind, app.sealed_secret = kind, sealed
    session.flush()
    return app


def app_called(session: Session, *, appid: str, kind: WechatAppKind) -> WechatApp:
    """Return an application by the name WeChat gave it. Raises NotFoundError."""
    app = session.scalars(select(WechatApp).where(WechatApp.appid == appid, WechatApp.kind == kind)).one_or_none()
    if app is None:
        raise NotFoundError
    return app


def open_secret(app: WechatApp, *, seal: Seal) -> str:
    """Return the secret with which we speak for an application."""
    return seal.unseal(app.sealed_secret, owner=_owner(app.appid)).decode()


def _owner(appid: str) -> str:
    return f"wechat_app:{appid}"
