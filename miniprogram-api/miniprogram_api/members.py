"""The people of a holder: seen, changed and removed by its owners."""

from functools import partial

from flask import g

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.people.joining import person_of
from backend.people.membership import (
    Member,
    change_member,
    hand_over,
    members_of,
    remove_member,
)
from backend.people.models import WechatUser
from backend.runtime import runtime
from backend.vending.limiting import spent_this_month
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.bindings import LARGEST_NUMBER
from miniprogram_api.describing import operation
from miniprogram_api.schemas.members import (
    HeirRequest,
    MemberList,
    MemberRequest,
    MemberView,
)


@api.get("/holders/<int:holder>/members")
@logged_in
@api.output(MemberList)
@operation("listMembers", "members", 403, 404)
def list_members(holder: int) -> MemberList:
    """Show everybody bound to a holder, to its owners."""
    user, holder_id = current_user(), number_told(holder)
    found = runtime().database.run(partial(members_seen, user=user, holder_id=holder_id))
    return MemberList(members=found)


@api.put("/holders/<int:holder>/members/<int:member>")
@logged_in
@api.input(MemberRequest)
@api.output({}, status_code=204)
@operation("changeMember", "members", 400, 403, 404, 409)
def put_member(holder: int, member: int, json_data: MemberRequest) -> str:
    """Give a member another role, name or monthly limit."""
    change = partial(
        change_member,
        user=current_user(),
        holder_id=number_told(holder),
        member=number_told(member),
        role=json_data.role,
        name=json_data.name,
        monthly_limit_fen=json_data.monthly_limit_fen,
        request_id=g.request_id,
    )
    runtime().database.run(change)
    return ""


@api.delete("/holders/<int:holder>/members/<int:member>")
@logged_in
@api.output({}, status_code=204)
@operation("removeMember", "members", 403, 404, 409)
def delete_member(holder: int, member: int) -> str:
    """Remove a member."""
    change = partial(
        remove_member,
        user=current_user(),
        holder_id=number_told(holder),
        member=number_told(member),
        request_id=g.request_id,
    )
    runtime().database.run(change)
    return ""


@api.post("/holders/<int:holder>/owner")
@logged_in
@api.input(HeirRequest)
@api.output({}, status_code=204)
@operation("handOver", "members", 400, 403, 404)
def post_owner(holder: int, json_data: HeirRequest) -> str:
    """Make another member the owner, and the user a payer."""
    change = partial(
        hand_over,
        user=current_user(),
        holder_id=number_told(holder),
        member=number_told(json_data.member),
        request_id=g.request_id,
    )
    runtime().database.run(change)
    return ""


def number_told(told: int) -> int:
    """Return a number of a path or a body. Raises NotFoundError for one that no row can have."""
    if not 0 < told <= LARGEST_NUMBER:
        raise NotFoundError
    return told


def members_seen(session: Session, *, user: WechatUser, holder_id: int) -> list[MemberView]:
    """Return the people of a holder with what each spent this month. Raises NotFoundError, RoleTooLowError."""
    found = members_of(session, user=user, holder_id=holder_id)
    users = [number for member in found for number in member.users]
    where = {"organisation_id": user.organisation_id, "holder_id": holder_id}
    spent = spent_this_month(session, **where, user_ids=users)
    return [_view(member, sum(spent.get(number, 0) for number in member.users)) for member in found]


def spent_by(session: Session, *, user: WechatUser, holder_id: int) -> int:
    """Return what a person topped up with for a holder this month, behind all doors, in fen."""
    numbers = [each.id for each in person_of(session, user=user)]
    where = {"organisation_id": user.organisation_id, "holder_id": holder_id}
    return sum(spent_this_month(session, **where, user_ids=numbers).values())


def _view(member: Member, spent_fen: int) -> MemberView:
    return MemberView(
        member=member.number,
        name=member.name,
        role=member.role,
        monthly_limit_fen=member.monthly_limit_fen,
        spent_fen=spent_fen,
        bound_at=member.bound_at,
        myself=member.myself,
    )
