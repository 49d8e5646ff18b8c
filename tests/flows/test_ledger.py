"""The ledger keeps every fen in one place, and no row of it is ever touched again."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from backend.accounts import ledger
from backend.accounts.errors import TransferChangedError
from backend.accounts.ledger import Movement, Place
from backend.accounts.models import Account, Billing, LedgerKind, LedgerTransfer
from backend.accounts.opening import open_account
from backend.embedded.postgres import EmbeddedPostgres
from backend.estate.building import add_holder, add_organisation
from backend.estate.models import HolderKind, Organisation
from backend.kernel import db
from backend.kernel.db import Database, Session

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


def booked(session: Session, debit: Place, credit: Place, fen: int, key: str) -> bool:
    """Book a movement in the one organisation of these tests."""
    movement = Movement(debit, credit, fen, "test", key, "group", NOON)
    organisation = session.scalars(select(Organisation)).one()
    return ledger.move(session, organisation_id=organisation.id, movement=movement)


def prepared(session: Session) -> tuple[Account, Place, Place]:
    """Return an account, its wallet and a clearing place."""
    organisation = add_organisation(session, name="o")
    holder = add_holder(session, organisation=organisation, name="h", kind=HolderKind.ENTERPRISE)
    account = open_account(
        session, organisation_id=organisation.id, holder_id=holder.id, number="1", billing=Billing.PLATFORM
    )
    own = {"organisation_id": organisation.id}
    wallet = ledger.place(session, **own, kind=LedgerKind.WALLET, subject_id=account.id, account_id=account.id)
    clearing = ledger.place(session, **own, kind=LedgerKind.CLEARING, subject_id=1)
    return account, wallet, clearing


def test_a_movement_told_twice_is_booked_once_and_the_wallet_is_its_sum(database: Database) -> None:
    with database.transaction() as session:
        account, wallet, clearing = prepared(session)
        assert booked(session, clearing, wallet, 500, "a")
        assert not booked(session, clearing, wallet, 500, "a")
        assert booked(session, wallet, clearing, 200, "b")
        session.refresh(account)
        own = {"organisation_id": account.organisation_id}
        assert account.wallet_fen == ledger.balance(session, **own, kind=LedgerKind.WALLET, subject_id=account.id)
        assert account.wallet_fen == 300
        assert ledger.balances_by_kind(session, **own) == {LedgerKind.WALLET: 300, LedgerKind.CLEARING: -300}


def test_the_same_key_for_another_movement_is_a_defect_and_says_so(database: Database) -> None:
    with database.transaction() as session:
        _, wallet, clearing = prepared(session)
        booked(session, clearing, wallet, 500, "a")
        with pytest.raises(TransferChangedError):
            booked(session, clearing, wallet, 501, "a")


@pytest.mark.parametrize("fen", [0, -1])
def test_nothing_and_less_than_nothing_cannot_be_moved(database: Database, fen: int) -> None:
    with database.transaction() as session:
        _, wallet, clearing = prepared(session)
    with pytest.raises(IntegrityError), database.transaction() as session:
        booked(session, clearing, wallet, fen, "a")


def test_a_closed_day_is_never_booked_into(database: Database) -> None:
    with database.transaction() as session:
        _, wallet, clearing = prepared(session)
        session.execute(update(Organisation).values(closed_through=date(2099, 12, 31)))
        booked(session, clearing, wallet, 1, "a")
        assert session.scalars(select(LedgerTransfer.booked_on)).one() == date(2100, 1, 1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_transfer SET amount_fen = 1",
        "DELETE FROM ledger_transfer",
        "TRUNCATE ledger_transfer CASCADE",
        "UPDATE receipt SET amount_fen = 1",
        "DELETE FROM notification",
        "ALTER TABLE ledger_transfer DISABLE TRIGGER append_only",
    ],
)
def test_neither_the_app_nor_a_careless_owner_can_change_what_was_booked(
    database: Database, postgres: EmbeddedPostgres, statement: str
) -> None:
    with database.transaction() as session:
        _, wallet, clearing = prepared(session)
        booked(session, clearing, wallet, 500, "a")
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"), database.transaction() as session:
        session.execute(text(statement))
    if not statement.startswith("ALTER"):
        owner = db.connect(postgres.owner_url)
        # row triggers stop what matches a row, statement triggers stop TRUNCATE
        if "ledger" in statement:
            with pytest.raises(DBAPIError, match="append-only"), owner.begin() as connection:
                connection.execute(text(statement))
        owner.dispose()


def test_a_row_cannot_point_into_another_organisation(database: Database) -> None:
    with database.transaction() as session:
        mine = add_organisation(session, name="mine")
        theirs = add_organisation(session, name="theirs")
        holder = add_holder(session, organisation=theirs, name="h", kind=HolderKind.PERSON)
    with pytest.raises(IntegrityError), database.transaction() as session:
        open_account(session, organisation_id=mine.id, holder_id=holder.id, number="1", billing=Billing.METER)
