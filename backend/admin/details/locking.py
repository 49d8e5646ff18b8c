"""Maintenance locks: hung on a breaker or its feeder, taken off by who hung it, or by two persons."""

from datetime import datetime

from flask import Response

from backend.admin.details.forms import required, typed
from backend.admin.details.seeing_locks import LockEffect, effect_of
from backend.admin.kit.page import BASE, back, blueprint, current, flash, for_staff, office, t, visitor
from backend.kernel.db import Session
from backend.kernel.entropy import CHINA
from backend.kernel.errors import NotFoundError, ProductError
from backend.metering.lock_models import MaintenanceLock
from backend.metering.locks import hanging as locks
from backend.metering.locks.unlocking import take_off
from backend.metering.locks.unlocking_together import ask_removal, take_off_together
from backend.runtime import runtime
from backend.staff.roles import Permission

LOCK = Permission.LOCK_FOR_MAINTENANCE


class UntilError(ProductError):
    """An expected end that is no time, or is over."""

    status = 422
    code = "until_unfit"
    zh = "预计结束时间无效或已过。"
    en = "The expected end is no time, or it is over."


@blueprint.post("/meters/<int:number>/lock")
@for_staff(LOCK)
def hang_lock(number: int) -> Response:
    """Hang a lock on a breaker, or on a group its meter is in. Raises NotFoundError, UntilError, LockHangsError."""
    who, request_id, group = current(), visitor().request_id, typed("group")
    sign = locks.Sign(required("reason"), _until(typed("until")))

    def hung(session: Session) -> LockEffect:
        if group.isdecimal():
            lock = locks.lock_group(session, who=who, group_id=int(group), sign=sign, request_id=request_id)
        else:
            lock = locks.lock_breaker(session, who=who, meter_id=number, sign=sign, request_id=request_id)
        return effect_of(session, lock)

    effect = office().run(hung)
    if effect.may_close_yet:
        flash(t("检修锁已挂上，但挂锁前已有合闸或充值指令获准下发：等它有结果并验电后再作业。", effect.medium), "wrong")
    else:
        flash(t("检修锁已挂上。作业前仍须验电。", effect.medium))
    return back(f"{BASE}/meters/{number}")


@blueprint.post("/locks/<int:number>/take-off")
@for_staff(LOCK)
def take_lock_off(number: int) -> Response:
    """Take one's own lock off, or another's as two persons agreed; needs the password told again."""
    who, request_id = current(), visitor().request_id

    def taken(session: Session) -> LockEffect:
        known = session.get(MaintenanceLock, number)
        if known is None:
            raise NotFoundError
        act = take_off if known.hung_by == who.staff_id else take_off_together
        return effect_of(session, act(session, who=who, lock_id=number, request_id=request_id))

    effect = office().run(taken)
    runtime().bell.ring("commands")
    flash(t("检修锁已取下；等待中的恢复供电将继续执行。", effect.medium))
    return back(BASE)


@blueprint.post("/locks/<int:number>/ask-removal")
@for_staff(LOCK)
def ask_lock_removal(number: int) -> Response:
    """Ask another person to agree that a lock of somebody else is taken off; needs the password told again."""
    who, request_id, reason = current(), visitor().request_id, required("reason")
    office().run(lambda session: ask_removal(session, who=who, lock_id=number, reason=reason, request_id=request_id))
    flash(t("已提交两人审批：另一人同意后，由您取下。"))
    return back(BASE)


def _until(told: str) -> datetime | None:
    """Return an expected end, typed by the clock of the park. Raises UntilError."""
    if not told:
        return None
    try:
        until = datetime.fromisoformat(told).replace(tzinfo=CHINA)
    except ValueError:
        raise UntilError from None
    if until <= runtime().clock.now():
        raise UntilError
    return until
