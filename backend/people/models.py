"""WeChat users, the tokens they log in with, and what they may see."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, Row, owned, same_owner, word


class WechatAppKind(StrEnum):
    """Kinds of WeChat application; the same person has another openid in each."""

    MINI_PROGRAM = "mini_program"
    OFFICIAL_ACCOUNT = "official_account"


class Role(StrEnum):
    """What a user may do for a holder: each role may all that the next one may."""

    OWNER = "owner"
    PAYER = "payer"
    VIEWER = "viewer"


class WechatApp(OwnedRow, Base):
    """An application of the organisation at WeChat, its secret sealed."""

    __tablename__ = "wechat_app"
    __table_args__ = owned(UniqueConstraint("appid"))

    appid: Mapped[str]
    kind: Mapped[WechatAppKind] = mapped_column(word(WechatAppKind))
    sealed_secret: Mapped[bytes]


class WechatUser(OwnedRow, Base):
    """A person as one application knows them; unionid joins their users where WeChat tells it."""

    __tablename__ = "wechat_user"
    __table_args__ = owned(
        ForeignKeyConstraint(["appid"], ["wechat_app.appid"]),
        UniqueConstraint("appid", "openid"),
        Index("ix_wechat_user_unionid", "organisation_id", "unionid"),
    )

    appid: Mapped[str]
    openid: Mapped[str]
    unionid: Mapped[str | None]
    first_seen_at: Mapped[datetime]


class LoginToken(OwnedRow, Base):
    """A log-in: the token itself is never stored, only its fingerprint."""

    __tablename__ = "login_token"
    __table_args__ = owned(same_owner("wechat_user_id", "wechat_user"), UniqueConstraint("fingerprint"))

    wechat_user_id: Mapped[int] = mapped_column(index=True)
    fingerprint: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Invite(OwnedRow, Base):
    """A code that binds one user to a holder, once, until it expires."""

    __tablename__ = "invite"
    __table_args__ = owned(
        same_owner("holder_id", "holder"),
        same_owner("used_by", "wechat_user"),
        same_owner("made_by", "wechat_user"),
        UniqueConstraint("fingerprint"),
    )

    holder_id: Mapped[int] = mapped_column(index=True)
    role: Mapped[Role] = mapped_column(word(Role))
    name: Mapped[str] = mapped_column(default="")  # whom the inviter means
    monthly_limit_fen: Mapped[int | None]
    fingerprint: Mapped[str]
    made_by: Mapped[int | None]  # unset: by the property company
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_by: Mapped[int | None]
    used_at: Mapped[datetime | None]


class Binding(OwnedRow, Base):
    """A user may act for a holder, until it ends."""

    __tablename__ = "binding"
    __table_args__ = owned(
        same_owner("wechat_user_id", "wechat_user"),
        same_owner("holder_id", "holder"),
        Index("uq_binding_open", "wechat_user_id", "holder_id", unique=True, postgresql_where="ended_at IS NULL"),
        CheckConstraint("monthly_limit_fen >= 0", name="monthly_limit"),
    )

    wechat_user_id: Mapped[int]
    holder_id: Mapped[int] = mapped_column(index=True)
    role: Mapped[Role] = mapped_column(word(Role))
    name: Mapped[str] = mapped_column(default="")  # by which the holder's owner knows them
    monthly_limit_fen: Mapped[int | None]  # what they may top up with in a calendar month; unset: any amount
    bound_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Attempt(Row, Base):
    """How often one asker failed at one thing since its window began; it names no organisation, only the asker."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("kind", "asker"),)

    kind: Mapped[str]
    asker: Mapped[str]  # a user's number or an address
    failures: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)
