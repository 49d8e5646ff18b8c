"""Bring the demo's credit along for accounts whose wallet is here: two of its staff sign for it, as it has to be."""

from collections.abc import Mapping

from sqlalchemy import select

from backend.accounts.bringing_forward import bring_forward
from backend.accounts.models import Account, Billing
from backend.cli.demo_park import STAFF
from backend.cli.demo_rooms import EVERY_METER
from backend.kernel.db import Session
from backend.staff.approving import approve, ask_approval, use_approval
from backend.staff.queries import staff_called
from backend.staff.roles import ApprovalKind, Grant
from backend.staff.signed_in import SignedIn

KIND, ASKS, SIGNS = ApprovalKind.OPENING_BALANCES, "alice", "erin"
TOLD = {"request_id": "seed"}


def bring_credit(session: Session, *, organisation_id: int) -> int:
    """Book what the demo's wallets start with, once; returns how many."""
    wallets = select(Account).filter_by(organisation_id=organisation_id, billing=Billing.PLATFORM)
    known = {account.number: account.id for account in session.scalars(wallets)}
    balances = {known[m.account]: m.balance_fen for m in EVERY_METER if m.account in known and m.balance_fen}
    facts = {"file": "demo", "accounts": len(balances), "credit_fen": sum(balances.values()), "debt_fen": 0}
    _sign(session, facts)
    bring_forward(session, organisation_id=organisation_id, balances=balances, group="demo")
    return len(balances)


def _sign(session: Session, facts: Mapping[str, object]) -> None:
    asks, signs = seated(session, ASKS), seated(session, SIGNS)
    asked = ask_approval(session, who=asks, kind=KIND, facts=facts, reason="演示园区的期初余额", park_id=None, **TOLD)
    approve(session, who=signs, approval_id=asked.id, answer="已核对", **TOLD)
    use_approval(session, who=asks, approval_id=asked.id, kind=KIND, facts=facts, **TOLD)


def seated(session: Session, login: str) -> SignedIn:
    """Return a member of the demo's staff as if they had just told their password."""
    member, role = staff_called(session, login=login), next(each.role for each in STAFF if each.login == login)
    return SignedIn(
        session_id=0,
        staff_id=member.id,
        organisation_id=member.organisation_id,
        login=login,
        name=member.name,
        grants=(Grant(role, None),),
        proved_at=session.clock.now(),
    )
