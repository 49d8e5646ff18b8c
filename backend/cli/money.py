"""`orders`, `receipts`, `ledger`: look at money, and send it again."""

import click
from sqlalchemy import select

from backend.accounts.ledger import balances_by_kind
from backend.cli.opening import in_transaction, opened, organisation_named
from backend.kernel.db import Session
from backend.kernel.money import yuan
from backend.metering.command_models import MeterCommand
from backend.payments.models import Disposition, Receipt, ReceiptFate
from backend.vending.crediting import send_again
from backend.vending.models import CreditOrder


@click.group()
def orders() -> None:
    """Orders for credit."""


@orders.command("show")
@click.argument("order_no")
def show(order_no: str) -> None:
    """Show an order and what became of its command."""

    def found(session: Session) -> tuple[CreditOrder, MeterCommand | None]:
        order = _order(session, order_no)
        return order, session.get(MeterCommand, order.command_id) if order.command_id else None

    order, command = in_transaction(opened(), found)
    click.echo(f"{order.order_no} ¥{yuan(order.amount_fen)} {order.state.value}")
    for name in ("placed_at", "paid_at", "credited_at", "closed_at"):
        click.echo(f"  {name:12} {getattr(order, name) or '—'}")
    if command is not None:
        click.echo(
            f"  command {command.reference} {command.state.value}, no. {command.purchase_no}, {command.note or ''}"
        )


@orders.command("send-again")
@click.argument("order_no")
def resend(order_no: str) -> None:
    """Send a paid order whose command the meter refused once more."""
    runtime = opened()
    command = in_transaction(
        runtime, lambda session: send_again(session, order=_order(session, order_no), request_id=f"cli-{order_no}")
    )
    runtime.bell.ring("commands")
    click.echo(f"queued {command.reference}")


@click.group()
def receipts() -> None:
    """Money that arrived."""


@receipts.command("unapplied")
@click.option("--organisation", "name", required=True)
def unapplied(name: str) -> None:
    """List authentic payments that fitted no order: late, second, wrong, unknown."""

    def found(session: Session) -> list[tuple[Receipt, Disposition]]:
        rows = session.execute(
            select(Receipt, ReceiptFate.disposition)
            .join(ReceiptFate, ReceiptFate.receipt_id == Receipt.id)
            .where(
                Receipt.organisation_id == organisation_named(session, name).id,
                ReceiptFate.disposition != Disposition.APPLIED,
            )
            .order_by(Receipt.id)
        )
        return [(row[0], row[1]) for row in rows]

    rows = in_transaction(opened(), found)
    for receipt, disposition in rows:
        click.echo(
            f"{receipt.recorded_at:%F %T} {receipt.provider} {receipt.transaction_no} order {receipt.order_no} "
            f"¥{yuan(receipt.amount_fen)} {disposition.value}"
        )
    click.echo(f"{len(rows)} unapplied")


@click.group()
def ledger() -> None:
    """Where the money is."""


@ledger.command("balances")
@click.option("--organisation", "name", required=True)
def balances(name: str) -> None:
    """Show what each kind of account holds; the sum is always zero."""
    kinds = in_transaction(
        opened(),
        lambda session: balances_by_kind(session, organisation_id=organisation_named(session, name).id),
    )
    for kind, fen in sorted(kinds.items()):
        click.echo(f"{kind.value:12} ¥{yuan(fen):>14}")
    click.echo(f"{'sum':12} ¥{yuan(sum(kinds.values())):>14}")


def _order(session: Session, order_no: str) -> CreditOrder:
    order = session.scalars(select(CreditOrder).filter_by(order_no=order_no)).one_or_none()
    if order is None:
        raise click.ClickException(f"there is no order {order_no}")
    return order
