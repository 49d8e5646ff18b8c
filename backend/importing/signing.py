"""Two persons sign for what opening balances come to, before a fen of them is booked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backend.importing.errors import SignatureNeededError, TotalsDifferError
from backend.importing.models import ImportRun
from backend.importing.totals import Totals
from backend.kernel.db import Session
from backend.kernel.money import yuan
from backend.staff.approval_models import Approval, ApprovalState
from backend.staff.approving import ask_approval, use_approval
from backend.staff.roles import ApprovalKind
from backend.staff.signed_in import SignedIn

KIND = ApprovalKind.OPENING_BALANCES


@dataclass(frozen=True, slots=True)
class Signer:
    """Who takes opening balances over, in which request."""

    who: SignedIn
    request_id: str


def ask_signature(
    session: Session, *, run: ImportRun, found: Totals, told: Totals, reason: str, signer: Signer
) -> Approval:
    """Ask another to sign for totals that were read off the statement of the system before.

    found: what the file comes to; told: what was typed. Raises TotalsDifferError, NotPermittedError, ProveAgainError.
    """
    if told != found:
        raise TotalsDifferError(accounts=found.accounts, credit=yuan(found.credit_fen), debt=yuan(found.debt_fen))
    return ask_approval(
        session,
        who=signer.who,
        kind=KIND,
        facts=_facts(run, found),
        reason=reason,
        park_id=None,
        request_id=signer.request_id,
    )


def signature(session: Session, *, run: ImportRun, found: Totals) -> Approval | None:
    """Return the newest request to sign for exactly this that waits or was agreed to."""
    asked = select(Approval).filter_by(organisation_id=run.organisation_id, kind=KIND, facts=_facts(run, found))
    open_states = Approval.state.in_((ApprovalState.WAITING, ApprovalState.APPROVED))
    live = asked.where(open_states, Approval.expires_at > session.clock.now())
    return session.scalars(live.order_by(Approval.id.desc()).limit(1)).one_or_none()


def files_of(session: Session, *, approvals: Iterable[Approval]) -> dict[str, str]:
    """Return what the files of these requests are called, by the digest that was signed."""
    digests = {str(each.facts["file"]) for each in approvals if each.kind is KIND}
    named = select(ImportRun.digest, ImportRun.file_name).where(ImportRun.digest.in_(digests)).order_by(ImportRun.id)
    return {row.digest: row.file_name for row in session.execute(named)}


def use_signature(session: Session, *, run: ImportRun, found: Totals, signer: Signer | None) -> None:
    """Use up the signatures of two persons, in the transaction that books. Raises SignatureNeededError."""
    signed = signature(session, run=run, found=found)
    if signer is None or signed is None or signed.state is not ApprovalState.APPROVED:
        raise SignatureNeededError
    use_approval(
        session,
        who=signer.who,
        approval_id=signed.id,
        kind=KIND,
        facts=_facts(run, found),
        request_id=signer.request_id,
    )


def _facts(run: ImportRun, found: Totals) -> Mapping[str, Any]:
    """Return what is signed: the file to its last bit, what was shown of it, and the totals."""
    return {"file": run.digest, "plan": run.plan_digest, **found.facts}
