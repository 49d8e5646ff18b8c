"""Open prepaid accounts and put meters on them."""

from backend.accounts.models import Account, AccountMeter, Billing
from backend.kernel.db import Session


def open_account(session: Session, *, organisation_id: int, holder_id: int, number: str, billing: Billing) -> Account:
    """Open an account for a holder; the number is unique in the organisation."""
    account = Account(
        organisation_id=organisation_id,
        holder_id=holder_id,
        number=number,
        billing=billing,
        opened_at=session.clock.now(),
    )
    session.add(account)
    session.flush()
    return account


def assign_meter(session: Session, *, account: Account, meter_id: int) -> AccountMeter:
    """Let an account pay for a meter from now on; a meter has one account at a time."""
    link = AccountMeter(
        organisation_id=account.organisation_id,
        account_id=account.id,
        meter_id=meter_id,
        started_at=session.clock.now(),
    )
    session.add(link)
    session.flush()
    return link
