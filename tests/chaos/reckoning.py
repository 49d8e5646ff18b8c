"""The reckoning: the provider's books, the ledger and the meters' own state, compared to the fen."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select, text

from backend.accounts.ledger import balances_by_kind
from backend.accounts.models import Account, LedgerKind
from backend.estate.models import Organisation
from backend.kernel.db import Session
from backend.metering.models import Meter
from backend.payments.models import Disposition, Receipt, ReceiptFate
from backend.proving.checking import prove
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import MoneyCapability
from sandbox.books import Books
from sandbox.records import Payment
from tests.chaos.person import displays
from tests.chaos.site import Site


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What the comparison found: payments lost and doubled, and everything else that does not fit, in words."""

    paid_fen: int
    credited_fen: int
    unapplied_fen: int
    orders: int
    lost: int
    doubled: int
    differences: list[str]


def reckon(site: Site) -> Reckoning:
    """Compare everything with everything."""
    books = Books(site.var / "sandbox" / "books.sqlite")
    payments = books.payments.all()
    books.store.close()
    with site.runtime.database.transaction() as session:
        return compare(session, payments, _meters(site, session))


def compare(session: Session, payments: list[Payment], differences: list[str]) -> Reckoning:
    """Compare the provider's payments with receipts, orders and ledger, beside what is known to differ already."""
    receipts = {r.transaction_no: r for r in session.scalars(select(Receipt))}
    applied = _applied(session)
    orders = {o.order_no: o for o in session.scalars(select(CreditOrder))}
    lost = doubled = 0
    for order_no in {payment.out_trade_no for payment in payments}:
        credited = order_no in orders and orders[order_no].state is OrderState.CREDITED
        lost += not credited or applied[order_no] == 0
        doubled += applied[order_no] > 1
    told = {p.transaction_id: p.amount for p in payments}
    kept = {number: r.amount_fen for number, r in receipts.items()}
    differences += [f"payment {number} differs: {told.get(number)} paid, {kept.get(number)} received"
                    for number in told.keys() | kept.keys() if told.get(number) != kept.get(number)]  # fmt: skip
    holds = _holdings(session)
    credited_fen = sum(o.amount_fen for o in orders.values() if o.state is OrderState.CREDITED)
    wanted = {
        LedgerKind.CLEARING: -sum(told.values()),
        LedgerKind.UNAPPLIED: sum(told.values()) - credited_fen,
        LedgerKind.IN_TRANSIT: 0,
        LedgerKind.REFUNDABLE: 0,
    }
    differences += [f"{kind.value} holds {holds.get(kind, 0)}, should {fen}"
                    for kind, fen in wanted.items() if holds.get(kind, 0) != fen]  # fmt: skip
    differences += [f"{finding.key} {finding.facts}" for finding in prove(session)]
    return Reckoning(
        paid_fen=sum(told.values()),
        credited_fen=credited_fen,
        unapplied_fen=holds.get(LedgerKind.UNAPPLIED, 0),
        orders=len(orders),
        lost=lost,
        doubled=doubled,
        differences=[*differences, *_silent_holds(session)],
    )


def _applied(session: Session) -> Counter[str]:
    """Return how many applied receipts each order has."""
    applied = (
        select(Receipt.order_no)
        .join(ReceiptFate, ReceiptFate.receipt_id == Receipt.id)
        .where(ReceiptFate.disposition == Disposition.APPLIED)
    )
    return Counter(session.scalars(applied))


def _holdings(session: Session) -> Counter[LedgerKind]:
    sums: Counter[LedgerKind] = Counter()
    for organisation in session.scalars(select(Organisation.id)):
        sums.update(balances_by_kind(session, organisation_id=organisation))
    return sums


def _meters(site: Site, session: Session) -> list[str]:
    """Compare each meter's own count and sum, and each wallet and breaker, with what was credited there."""
    shown, differences = displays(site), []
    for meter in session.scalars(select(Meter).order_by(Meter.id)).all():
        own = shown[meter.serial]
        orders = session.scalars(select(CreditOrder).filter_by(meter_id=meter.id, state=OrderState.CREDITED)).all()
        fen = sum(order.amount_fen for order in orders)
        if meter.frozen_reason is not None:
            differences.append(f"meter {meter.number} is frozen: {meter.frozen_reason}")
        if meter.capability is MoneyCapability.PLATFORM_WALLET:
            wallet = session.scalars(select(Account.wallet_fen).filter_by(number=meter.number)).one()
            if wallet != fen or (fen and not own["closed"]):
                differences.append(f"{meter.number}: wallet {wallet}, credited {fen}, closed {own['closed']}")
        elif (own["cumulative"], own["purchase_count"]) != (fen, len(orders)):
            differences.append(
                f"{meter.number}: took {own['cumulative']} in {own['purchase_count']}, credited {fen} in {len(orders)}"
            )
    return differences


def _silent_holds(session: Session) -> list[str]:
    """Return holds nobody was told of: each decided one must have had its alarm."""
    decided = session.execute(
        text(
            "SELECT d.facts ->> 'command' FROM event d WHERE d.topic = 'command_decided' AND NOT EXISTS"
            " (SELECT FROM event h WHERE h.topic = 'command_held' AND h.told_at IS NOT NULL"
            "  AND h.facts ->> 'command' = d.facts ->> 'command')"
        )
    )
    return [f"command {reference} was held without an alarm" for (reference,) in decided]
