"""Invites to a holder: made, looked at and revoked by its owners."""

from functools import partial

from flask import g
from sqlalchemy import select

from backend.kernel.db import Session
from backend.people.invite_links import invite_link, qr_png
from backend.people.inviting import InviteWords
from backend.people.inviting_members import invite_member, open_invites, revoke_invite
from backend.people.models import Invite, WechatApp, WechatAppKind
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.describing import operation
from miniprogram_api.members import number_told
from miniprogram_api.schemas.invites import InviteCode, InviteList, InviteRequest, InviteView


@api.post("/holders/<int:holder>/invites")
@logged_in
@api.input(InviteRequest)
@api.output(InviteCode, status_code=201)
@operation("inviteMember", "members", 400, 403, 404)
def post_invite(holder: int, json_data: InviteRequest) -> InviteCode:
    """Make a code that binds one more person, once."""
    here, user, request_id = runtime(), current_user(), g.request_id
    words = InviteWords(json_data.name, json_data.monthly_limit_fen)

    def invited(session: Session) -> tuple[str, str]:
        code = invite_member(
            session,
            user=user,
            holder_id=number_told(holder),
            role=json_data.role,
            hours=json_data.hours,
            words=words,
            request_id=request_id,
        )
        own = {"organisation_id": user.organisation_id, "kind": WechatAppKind.OFFICIAL_ACCOUNT}
        return code, session.scalar(select(WechatApp.appid).filter_by(**own).limit(1)) or ""

    code, appid = here.database.run(invited)
    link = invite_link(here.settings.public_url, code=code, appid=appid)
    return InviteCode(code=code, link=link, qr_png=qr_png(link))


@api.get("/holders/<int:holder>/invites")
@logged_in
@api.output(InviteList)
@operation("listInvites", "members", 403, 404)
def list_invites(holder: int) -> InviteList:
    """Show the invites of a holder that can still be used."""
    user, holder_id = current_user(), number_told(holder)
    found = runtime().database.run(partial(open_invites, user=user, holder_id=holder_id))
    return InviteList(invites=[invite_view(each) for each in found])


@api.delete("/holders/<int:holder>/invites/<int:invite>")
@logged_in
@api.output({}, status_code=204)
@operation("revokeInvite", "members", 403, 404)
def delete_invite(holder: int, invite: int) -> str:
    """Let an invite bind nobody any more."""
    change = partial(
        revoke_invite,
        user=current_user(),
        holder_id=number_told(holder),
        invite_id=number_told(invite),
        request_id=g.request_id,
    )
    runtime().database.run(change)
    return ""


def invite_view(open_invite: Invite) -> InviteView:
    """Show an invite nobody has used yet."""
    return InviteView(
        invite=open_invite.id,
        name=open_invite.name,
        role=open_invite.role,
        monthly_limit_fen=open_invite.monthly_limit_fen,
        expires_at=open_invite.expires_at,
    )
