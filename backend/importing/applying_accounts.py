"""Open the accounts that were planned, and book what they bring along."""

from backend.accounts.actions import AccountAction
from backend.accounts.bringing_forward import bring_forward
from backend.accounts.models import Account, AccountMeter
from backend.importing.applying import Taking, note
from backend.importing.checking import Fate, Row
from backend.importing.totals import brings


def take_accounts(taking: Taking, rows: list[Row], *, group: str) -> None:
    """Open every new account, let it pay for its meters, and book opening balances under one group of movements."""
    now = taking.session.clock.now()
    accounts = {number: there.account for number, there in taking.known.accounts.items()}
    new = [row for row in rows if row.fate is Fate.NEW]
    for row in new:
        accounts[row.values["number"]] = Account(
            organisation_id=taking.owner,
            holder_id=taking.holders[row.values["holder"]].id,
            number=row.values["number"],
            billing=row.values["billing"],
            opened_at=now,
        )
    taking.add(*(accounts[row.values["number"]] for row in new))
    taking.session.flush()
    for row in new:
        owner, account_id = taking.owner, accounts[row.values["number"]].id
        for number in row.values["meters"]:
            meter_id = taking.meters[number].id
            link = AccountMeter(organisation_id=owner, account_id=account_id, meter_id=meter_id, started_at=now)
            taking.add(link)
    taking.session.flush()
    note(taking, AccountAction.ACCOUNT_OPENED, [(accounts[row.values["number"]], row, None) for row in new])
    told = [row for row in rows if brings(row)]
    balances = {accounts[row.values["number"]].id: row.values["balance_fen"] for row in told}
    bring_forward(taking.session, organisation_id=taking.owner, balances=balances, group=group)
    note(taking, AccountAction.OPENING_BOOKED, [(accounts[row.values["number"]], row, None) for row in told])
