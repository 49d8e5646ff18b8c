"""What takes two persons: asked by one, decided by another."""

from flask import Response

from backend.admin.details.forms import required
from backend.admin.kit.page import BASE, blueprint, current, flash, for_staff, go, office, show, t, visitor
from backend.admin.waiting.next_steps import step_of
from backend.importing.signing import files_of
from backend.kernel.db import Session
from backend.staff.approval_models import Approval, ApprovalState
from backend.staff.approval_queries import approvals_for, approvals_seen
from backend.staff.approving import approve, reject, withdraw
from backend.staff.models import Staff

APPROVALS = f"{BASE}/approvals"


@blueprint.get("/approvals")
@for_staff()
def approvals() -> Response:
    """Show what waits for one's decision, and what was asked of late."""
    who = current()
    with office().reading() as session:
        mine = approvals_for(session, who=who)
        waiting = {each.id for each in mine}
        others = [each for each in approvals_seen(session, who=who) if each.id not in waiting]
        names = {number: session.get_one(Staff, number).name for number in _people([*mine, *others])}
        files = files_of(session, approvals=[*mine, *others])
        steps = {each.id: step_of(session, each) for each in others if each.state is ApprovalState.APPROVED}
    return show("approvals.html", mine=mine, others=others, names=names, files=files, steps=steps)


@blueprint.post("/approvals/<int:number>/approve")
@for_staff()
def agree(number: int) -> Response:
    """Agree, with a word for the trail; needs the password told again."""
    who, answer, request_id = current(), required("answer"), visitor().request_id

    def decided(session: Session) -> None:
        approve(session, who=who, approval_id=number, answer=answer, request_id=request_id)

    office().run(decided)
    flash(t("已同意，还没有执行：由申请人在原页面执行。"))
    return go(APPROVALS)


@blueprint.post("/approvals/<int:number>/reject")
@for_staff()
def disagree(number: int) -> Response:
    """Say no, with the reason."""
    who, answer, request_id = current(), required("answer"), visitor().request_id

    def decided(session: Session) -> None:
        reject(session, who=who, approval_id=number, answer=answer, request_id=request_id)

    office().run(decided)
    flash(t("已驳回。"))
    return go(APPROVALS)


@blueprint.post("/approvals/<int:number>/withdraw")
@for_staff()
def take_back(number: int) -> Response:
    """Take back what one asked oneself."""
    who, request_id = current(), visitor().request_id
    office().run(lambda session: withdraw(session, who=who, approval_id=number, request_id=request_id))
    flash(t("已撤回。"))
    return go(APPROVALS)


def _people(approvals: list[Approval]) -> set[int]:
    return {number for each in approvals for number in (each.asked_by, each.decided_by) if number is not None}
