"""What is left to do after a second person agreed: nothing is carried out by agreeing."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backend.importing.models import ImportRun
from backend.kernel.db import Session
from backend.metering.group_models import MeterGroupMember
from backend.staff.approval_models import Approval
from backend.staff.roles import ApprovalKind


@dataclass(frozen=True, slots=True)
class NextStep:
    """What is left to do, as a sentence, and at which page; place: its address, or nothing when it is not known."""

    sentence: str
    place: str = ""


def step_of(session: Session, approval: Approval) -> NextStep:
    """Say where what was agreed to is carried out."""
    facts: dict[str, Any] = approval.facts
    match approval.kind:
        case ApprovalKind.PRICE_CHANGE if "change" in facts:
            return NextStep("还没有下发：打开变更，点“下发到电表”。", f"parameter-changes/{facts['change']}")
        case ApprovalKind.LOCK_REMOVAL:
            meter = facts["meter"] or session.scalar(_first_meter(facts["group"]))
            return NextStep("锁还挂着：打开电表，点“取下检修锁”。", f"meters/{meter}" if meter else "")
        case ApprovalKind.OPENING_BALANCES:
            run = session.scalar(_newest_run(approval))
            return NextStep("还没有入账：打开导入，再点一次确认。", f"import/{run}" if run else "")
        case _:
            return NextStep("还没有执行。")


def _first_meter(group_id: int) -> Any:
    return select(MeterGroupMember.meter_id).filter_by(group_id=group_id).order_by(MeterGroupMember.meter_id).limit(1)


def _newest_run(approval: Approval) -> Any:
    facts = approval.facts
    told = {"organisation_id": approval.organisation_id, "digest": facts["file"], "plan_digest": facts["plan"]}
    return select(ImportRun.id).filter_by(**told).order_by(ImportRun.id.desc()).limit(1)
