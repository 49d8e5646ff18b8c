"""Log-ins: users as WeChat tells them, and the tokens by which they are known afterwards."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.kernel.errors import NotLoggedInError
from backend.people.models import LoginToken, WechatApp, WechatUser

TOKEN_LIFE = timedelta(days=30)


def user_of_openid(session: Session, *, app: WechatApp, openid: str, unionid: str | None) -> WechatUser:
    """Return the user an application knows by this openid, new or old; a unionid once told is kept."""
    new = insert(WechatUser).values(
        organisation_id=app.organisation_id,
        appid=app.appid,
        openid=openid,
        unionid=unionid,
        first_seen_at=session.clock.now(),
    )
    told = new.on_conflict_do_update(
        index_elements=["appid", "openid"],
        set_={"unionid": func.coalesce(new.excluded.unionid, WechatUser.unionid)},
    )
    return session.scalars(told.returning(WechatUser), execution_options={"populate_existing": True}).one()


def token_end(session: Session) -> datetime:
    """Return until when a token issued now is good."""
    return session.clock.now() + TOKEN_LIFE


def issue_token(session: Session, *, user: WechatUser, until: datetime | None = None) -> str:
    """Return a new token of this user, good for 30 days; only its fingerprint is stored, and what is over goes."""
    now, token = session.clock.now(), session.entropy.token()
    session.execute(delete(LoginToken).filter_by(wechat_user_id=user.id).where(LoginToken.expires_at <= now))
    session.add(
        LoginToken(
            organisation_id=user.organisation_id,
            wechat_user_id=user.id,
            fingerprint=fingerprint(token),
            issued_at=now,
            expires_at=until or token_end(session),
        )
    )
    session.flush()
    return token


def user_of_token(session: Session, *, token: str) -> WechatUser:
    """Return whose token this is. Raises NotLoggedInError for one that is unknown, revoked or expired."""
    known = select(WechatUser).join(
        LoginToken,
        (LoginToken.wechat_user_id == WechatUser.id) & (LoginToken.organisation_id == WechatUser.organisation_id),
    )
    user = session.scalars(
        known.where(
            LoginToken.fingerprint == fingerprint(token),
            LoginToken.revoked_at.is_(None),
            LoginToken.expires_at > session.clock.now(),
        )
    ).one_or_none()
    if user is None:
        raise NotLoggedInError
    return user


def revoke_token(session: Session, *, token: str) -> None:
    """End one log-in; ending it again changes nothing."""
    session.execute(
        update(LoginToken)
        .where(LoginToken.fingerprint == fingerprint(token), LoginToken.revoked_at.is_(None))
        .values(revoked_at=session.clock.now())
    )


def revoke_all(session: Session, *, user: WechatUser) -> None:
    """End every log-in of this user, on every telephone."""
    session.execute(
        update(LoginToken)
        .where(LoginToken.wechat_user_id == user.id, LoginToken.revoked_at.is_(None))
        .values(revoked_at=session.clock.now())
    )
