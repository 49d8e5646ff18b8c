"""Which of several holders the user acts for, and who else does: one page's worth."""

from functools import partial

from backend.kernel.db import Session
from backend.people.binding import allows
from backend.people.choosing_holder import act_for, acting_for
from backend.people.inviting_members import open_invites
from backend.people.models import Role, WechatUser
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.describing import operation
from miniprogram_api.holder_views import holders_of
from miniprogram_api.member_invites import invite_view
from miniprogram_api.members import members_seen, number_told, spent_by
from miniprogram_api.schemas.members import HolderChoice, HolderPeople


@api.get("/me/holder")
@logged_in
@api.output(HolderPeople)
@operation("getHolder", "bindings")
def get_holder() -> HolderPeople:
    """Show the holder the user acts for: to its owners with its people and open invites."""
    user = current_user()
    return runtime().database.run(lambda session: _people(session, user))


@api.put("/me/holder")
@logged_in
@api.input(HolderChoice)
@api.output({}, status_code=204)
@operation("actFor", "bindings", 400, 404)
def put_holder(json_data: HolderChoice) -> str:
    """Act for another of the user's holders from now on, behind every door."""
    user, holder_id = current_user(), number_told(json_data.holder)
    runtime().database.run(partial(act_for, user=user, holder_id=holder_id))
    return ""


def _people(session: Session, user: WechatUser) -> HolderPeople:
    chosen, holders = acting_for(session, user=user), holders_of(session, user)
    if chosen is None:
        return HolderPeople(acting_for=None, holders=holders, spent_fen=0, members=None, invites=None)
    spent = spent_by(session, user=user, holder_id=chosen)
    told = HolderPeople(acting_for=chosen, holders=holders, spent_fen=spent, members=None, invites=None)
    if any(each.holder == chosen and allows(each.role, Role.OWNER) for each in holders):
        told.members = members_seen(session, user=user, holder_id=chosen)
        told.invites = [invite_view(each) for each in open_invites(session, user=user, holder_id=chosen)]
    return told
