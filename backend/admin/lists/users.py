"""The list of WeChat users, with whom they act for."""

from typing import Any

from sqlalchemy import Select, exists, func, select

from backend.admin.lists.column import Column, Listing
from backend.admin.lists.joins import holders_inside
from backend.admin.lists.sieves import text_in, word_of, yes_or_no
from backend.admin.lists.views import hang
from backend.estate.models import Holder
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.people.models import Binding, Role, WechatApp, WechatAppKind, WechatUser
from backend.staff.roles import Permission

_OPEN = (Binding.wechat_user_id == WechatUser.id) & Binding.ended_at.is_(None)


def _users(_: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    bound = Binding.id.is_not(None) if scope.park_ids is None else Binding.holder_id.in_(holders_inside(scope))
    found = (
        select(
            WechatUser.id.label("id"),
            Binding.id.label("binding_id"),
            Binding.name.label("name"),
            Holder.name.label("holder"),
            Holder.id.label("holder_id"),
            Binding.role.label("role"),
            WechatApp.kind.label("app"),
            func.right(WechatUser.openid, 6).label("openid"),
            Binding.monthly_limit_fen.label("limit"),
            Binding.bound_at.label("bound_at"),
            WechatUser.first_seen_at.label("first_seen_at"),
        )
        .join(WechatApp, WechatApp.appid == WechatUser.appid)
        .outerjoin(Binding, _OPEN)
        .outerjoin(Holder, Holder.id == Binding.holder_id)
        .where(WechatUser.organisation_id == scope.organisation_id)
    )
    return found if scope.park_ids is None else found.where(bound)


USERS = Listing(
    name="users",
    title="微信用户",
    permission=Permission.MANAGE_BINDINGS,
    columns=(
        Column("name", "称呼", personal="name"),
        Column("holder", "企业", link="enterprises/{holder_id}"),
        Column("role", "角色", "word", enum="Role"),
        Column("limit", "每月限额", "money"),
        Column("app", "入口", "word", enum="WechatAppKind"),
        Column("openid", "微信标识尾号"),
        Column("bound_at", "绑定时间", "time"),
        Column("first_seen_at", "首次登录", "time"),
    ),
    sieves=(
        text_in(Binding.name, Holder.name, WechatUser.openid, title="称呼或企业"),
        word_of("role", "角色", Binding.role, Role),
        word_of("app", "入口", WechatApp.kind, WechatAppKind),
        yes_or_no("bound", "绑定", lambda: exists().where(_OPEN), "已绑定", "未绑定"),
    ),
    statement=_users,
    order=("-first_seen_at",),
    empty="没有符合条件的微信用户。",
)
hang(USERS)
