"""`commands` and `meter`: what waits for a person to decide."""

import click
from sqlalchemy import select

from backend.audit.recording import operator, record
from backend.cli.opening import in_transaction, opened, organisation_named
from backend.kernel.db import Session
from backend.metering.actions import MeteringAction
from backend.metering.command_models import MeterCommand
from backend.metering.commands.deciding import decide, hold, unfreeze
from backend.metering.models import Meter, MeterState
from backend.vending.crediting import settle
from meter_bridge.protocol import CommandState


@click.group()
def commands() -> None:
    """Commands to meters."""


@commands.command("held")
def held() -> None:
    """List commands that wait for a decision, with the evidence."""

    def found(session: Session) -> list[tuple[MeterCommand, Meter]]:
        rows = session.execute(
            select(MeterCommand, Meter)
            .join(Meter, Meter.id == MeterCommand.meter_id)
            .where(MeterCommand.state == CommandState.HELD)
            .order_by(MeterCommand.id)
        )
        return [(row[0], row[1]) for row in rows]

    for command, meter in in_transaction(opened(), found):
        click.echo(f"{command.reference} meter {meter.number} {command.kind.value} {command.amount}: {command.note}")
        click.echo(f"  before {command.before}\n  after  {command.after}")


@commands.command("hold")
@click.argument("reference")
@click.option("--reason", required=True, help="Why its meter can no longer tell; kept for ever.")
@click.option("--by", required=True, help="Who sets it aside.")
def hold_begun(reference: str, reason: str, by: str) -> None:
    """Set money aside that was permitted once and whose meter is dead; then decide it by what its display shows."""

    def held(session: Session) -> None:
        command = hold(session, command=_known(session, reference), reason=reason, by=by)
        after = {"state": command.state.value}
        action = MeteringAction.COMMAND_DECIDED
        record(session, by=operator(by), action=action, subject=command, after=after, reason=reason)

    in_transaction(opened(), held)
    click.echo("held: decide it next")


@commands.command("decide")
@click.argument("reference")
@click.option(
    "--found",
    required=True,
    type=click.Choice(["taken", "not-taken", "send-again"]),
    help="taken: the meter holds the credit; not-taken: it does not, the money becomes refundable; send-again: it "
    "does not, send it once more.",
)
@click.option("--reason", required=True, help="How that was established; kept for ever.")
@click.option("--by", required=True, help="Who decides.")
def decide_held(reference: str, found: str, reason: str, by: str) -> None:
    """Settle a held command by what was seen on the meter."""
    runtime = opened()

    def decided(session: Session) -> None:
        command = _known(session, reference)
        again = found == "send-again"
        decide(session, command=command, taken=found == "taken", again=again, reason=reason, by=by)
        settle(session, command=command)
        after = {"found": found, "state": command.state.value}
        record(
            session,
            by=operator(by),
            action=MeteringAction.COMMAND_DECIDED,
            subject=command,
            after=after,
            reason=reason,
        )

    in_transaction(runtime, decided)
    runtime.bell.ring("commands")
    click.echo("settled")


def _known(session: Session, reference: str) -> MeterCommand:
    command = session.scalars(select(MeterCommand).filter_by(reference=reference)).one_or_none()
    if command is None:
        raise click.ClickException(f"there is no command {reference}")
    return command


@click.group()
def meter() -> None:
    """Meters."""


@meter.command("unfreeze")
@click.argument("number")
@click.option("--organisation", "owner", required=True)
@click.option("--reason", required=True, help="What was found out; kept for ever.")
@click.option("--by", required=True)
@click.option("--new-epoch/--same-epoch", default=False, help="The meter counts anew: exchanged or its wallet wiped.")
def unfreeze_meter(number: str, owner: str, reason: str, by: str, *, new_epoch: bool) -> None:
    """Let money flow to a meter again after a foreign write was looked into."""
    runtime = opened()

    def unfrozen(session: Session) -> None:
        meter = session.scalars(
            select(Meter).filter_by(
                organisation_id=organisation_named(session, owner).id, number=number, state=MeterState.ACTIVE
            )
        ).one_or_none()
        if meter is None:
            raise click.ClickException(f"there is no meter {number}")
        if meter.frozen_reason is None:
            raise click.ClickException(f"{number} is not frozen")
        before = {"frozen": meter.frozen_reason}
        unfreeze(session, meter=meter, reason=reason, by=by, new_epoch=new_epoch)
        action = MeteringAction.METER_UNFROZEN
        record(session, by=operator(by), action=action, subject=meter, before=before, reason=reason)

    in_transaction(runtime, unfrozen)
    runtime.bell.ring("commands")
    click.echo("money flows again")
