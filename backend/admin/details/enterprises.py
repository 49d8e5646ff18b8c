"""An enterprise: its papers, contacts, rooms, accounts and the people who act for it."""

from typing import Any

from flask import Response, request
from markupsafe import Markup
from sqlalchemy import select

from backend.accounts.models import Account
from backend.admin.details.forms import typed
from backend.admin.kit.page import blueprint, current, for_staff, office, scope, show, visitor
from backend.admin.lists.views import sees_personal
from backend.audit.queries import entries_of
from backend.audit.recording import record
from backend.estate.holders import holder_inside
from backend.estate.queries import holder_story
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.people.actions import PeopleAction
from backend.people.invite_links import invite_link, qr_svg
from backend.people.inviting import InviteWords, invite
from backend.people.models import Binding, Role, WechatApp, WechatAppKind
from backend.runtime import runtime
from backend.staff.roles import Permission

INVITE_HOURS = 72


@blueprint.get("/enterprises/<int:number>")
@for_staff(Permission.VIEW_ESTATE)
def enterprise(number: int) -> Response:
    """Show an enterprise. Raises NotFoundError."""
    reach = scope(Permission.VIEW_ESTATE)
    with office().reading() as session:
        story = holder_story(session, scope=reach, holder_id=number)
        bound = select(Binding).filter_by(holder_id=number, ended_at=None).order_by(Binding.id)
        told: dict[str, Any] = {
            "story": story,
            "accounts": session.scalars(select(Account).filter_by(holder_id=number).order_by(Account.id)).all(),
            "people": session.scalars(bound).all(),
            "entries": entries_of(session, scope=reach, subject=story.holder),
        }
    return show("enterprise.html", open_all=sees_personal(reach), roles=list(Role), **told)


@blueprint.post("/enterprises/<int:number>/invite")
@for_staff(Permission.MANAGE_BINDINGS)
def invite_user(number: int) -> Response:
    """Make an invite for somebody of the enterprise, shown once as a code, a link and a picture."""
    role = request.form.get("role", "")
    if role not in set(Role):
        raise NotFoundError
    reach, who, words = scope(Permission.MANAGE_BINDINGS), current(), InviteWords(name=typed("name"))

    def made(session: Session) -> tuple[str, str, str]:
        holder = holder_inside(session, scope=reach, holder_id=number)
        own = {"organisation_id": holder.organisation_id}
        code = invite(session, **own, holder_id=number, role=Role(role), valid_hours=INVITE_HOURS, words=words)
        by, after = who.actor(visitor().request_id), {"role": role}
        record(session, by=by, action=PeopleAction.MEMBER_INVITED, subject=holder, after=after)
        account = select(WechatApp.appid).filter_by(**own, kind=WechatAppKind.OFFICIAL_ACCOUNT)
        return holder.name, code, session.scalars(account.limit(1)).one_or_none() or ""

    name, code, appid = office().run(made)
    link = invite_link(runtime().settings.public_url, code=code, appid=appid)
    drawn = Markup(qr_svg(link))  # noqa: S704 drawn by us
    told: dict[str, Any] = {
        "name": name,
        "number": number,
        "code": code,
        "link": link,
        "drawn": drawn,
        "hours": INVITE_HOURS,
    }
    return show("invited.html", **told)
