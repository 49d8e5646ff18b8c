"""Store what the outside world is to the demo, and to whoever imports a merchant file."""

from pathlib import Path

from sqlalchemy import select

from backend.estate.models import Organisation
from backend.kernel.db import Session
from backend.kernel.sealing import Seal
from backend.notices.models import NoticeKind
from backend.notices.templates import set_template
from backend.payments.errors import MerchantFileError
from backend.payments.merchant_file import TemplatePart, WechatAppPart, read_merchant_file
from backend.payments.merchants import import_merchant
from backend.people.models import WechatAppKind
from backend.people.wechat_apps import register_app
from backend.runtime import try_keys


def find_organisation(session: Session, *, name: str) -> Organisation | None:
    """Return the organisation of this name, if it is there."""
    return session.scalars(select(Organisation).filter_by(name=name)).one_or_none()


def import_providers(session: Session, *, organisation_id: int, file: Path, seal: Seal) -> list[str]:
    """Store what a merchant file holds and return its names: the WeChat apps, and for each a merchant account.

    The provider knows one account and pays it from several apps. Here each app has a row with the same keys and a
    callback address of its own, so that an order is paid by users of the app it was placed in.
    """
    told = read_merchant_file(file)
    account = told.merchant_account
    paying = dict.fromkeys([account.appid, *(app.appid for app in told.wechat_app)])
    for appid in paying:
        try_keys(account.provider, mchid=account.mchid, appid=appid, keys=account.keys, file=file.name)
        import_merchant(
            session,
            organisation_id=organisation_id,
            provider=account.provider,
            mchid=account.mchid,
            appid=appid,
            keys=account.keys,
            seal=seal,
        )
    for app in told.wechat_app:
        _import_app(session, organisation_id, app, file=file, seal=seal)
    return [f"{account.provider} {account.mchid}", *paying]


def _import_app(session: Session, organisation_id: int, part: WechatAppPart, *, file: Path, seal: Seal) -> None:
    app = register_app(
        session,
        organisation_id=organisation_id,
        appid=part.appid,
        kind=WechatAppKind(part.kind),
        secret=part.secret,
        seal=seal,
    )
    for kind, template in part.templates.items():
        told = TemplatePart(id=template) if isinstance(template, str) else template
        try:
            set_template(session, app=app, kind=NoticeKind(kind), template_id=told.id, fields=told.fields)
        except ValueError as error:
            raise MerchantFileError(file=file.name, why=f"templates.{kind}: {error}") from None
