"""Carry the end of a term out: tenancies end and begin, in one transaction, once."""

from collections import Counter

from sqlalchemy import select

from backend.audit.models import AuditEntry
from backend.audit.recording import Actor, record
from backend.estate.actions import EstateAction
from backend.estate.models import Organisation
from backend.estate.tenancies import begin_tenancy, end_tenancy
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.lifecycle.term import DAY, TermFate, TermRow, TermWish, digest_of, plan_term
from backend.lifecycle.term_errors import TermStaleError
from backend.metering.actions import MeteringAction

LEAVING, COMING = (TermFate.REPLACED, TermFate.EMPTIED), (TermFate.REPLACED, TermFate.LET)


def roll_over(session: Session, *, scope: Scope, wish: TermWish, digest: str, by: Actor) -> Counter[str]:
    """Do what was shown under this digest and return how many rooms had which fate; again it does nothing more.

    Rooms that were refused stay as they are. Raises TermStaleError when it would be something else now.
    """
    own = select(Organisation).filter_by(id=scope.organisation_id)
    organisation = session.scalars(own.with_for_update(key_share=True)).one()  # one after another
    done = _done(session, organisation, digest)
    if done is not None:
        return done
    rows = plan_term(session, scope=scope, wish=wish)
    if digest_of(wish, rows) != digest:
        raise TermStaleError
    for row in rows:
        _carry_out(session, scope, wish, row, by)
    counts = Counter(row.fate.value for row in rows)
    after = {"digest": digest, "last_day": wish.last_day, "first_day": wish.first_day, "rooms": dict(counts)}
    record(session, by=by, action=EstateAction.TERM_ROLLED_OVER, subject=organisation, after=after)
    return counts


def _done(session: Session, organisation: Organisation, digest: str) -> Counter[str] | None:
    told = select(AuditEntry.after).filter_by(
        organisation_id=organisation.id,
        subject_kind=Organisation.__tablename__,
        subject_id=organisation.id,
        action=EstateAction.TERM_ROLLED_OVER.value,
    )
    after = session.scalars(told.where(AuditEntry.after["digest"].astext == digest)).first()
    return Counter(after["rooms"]) if after else None


def _carry_out(session: Session, scope: Scope, wish: TermWish, row: TermRow, by: Actor) -> None:
    if row.tenancy and row.fate in LEAVING:
        ends_on, reason = wish.last_day + DAY, f"换届 {wish.last_day}"
        end_tenancy(session, scope=scope, tenancy_id=row.tenancy.id, ends_on=ends_on, reason=reason, by=by)
        _leave_accounts(session, row, row.tenancy.holder_id, by)
    if row.comer and row.fate in COMING:
        room_id, holder_id = row.room.id, row.comer.id
        begin_tenancy(session, scope=scope, room_id=room_id, holder_id=holder_id, starts_on=wish.first_day, by=by)


def _leave_accounts(session: Session, row: TermRow, holder_id: int, by: Actor) -> None:
    """Let the accounts of the one who left pay for the room's meters no more; they are empty, as the plan saw to."""
    for each in row.standing:
        if each.holder.id == holder_id:
            each.link.ended_at = session.clock.now()
            before = {"account": each.account.number}
            action, park_id = MeteringAction.METER_LEFT_ACCOUNT, row.building.park_id
            record(session, by=by, action=action, subject=each.meter, before=before, park_id=park_id)
