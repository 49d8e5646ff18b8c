"""The person on duty: looks at the meter's own display, decides what no reading could prove, and sends again."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.commands.deciding import decide
from backend.metering.models import Meter
from backend.vending.crediting import send_again, settle
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandKind, CommandState, MoneyCapability
from meter_bridge.simulator.control import ask
from tests.chaos.site import Site

LONGEST_FAULT = timedelta(seconds=4)  # nothing that was sent is still on its way after it
ENDED = (CommandState.REFUSED, CommandState.CANCELLED)


def displays(site: Site) -> dict[str, dict[str, Any]]:
    """Return what every meter's display shows, by its serial number."""
    return {shown["serial"]: shown for shown in ask(site.control_port, {"do": "meters"})["meters"]}


@dataclass
class Person:
    """Decides as docs/operations.md tells an operator to; keeps count, and what should never have been asked."""

    site: Site
    taken: int = 0
    not_taken: int = 0
    resent: int = 0
    wrong: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Settle what waits for a person, as far as it has waited long enough."""
        try:
            self.site.runtime.database.run(self._decide)
            self.site.runtime.database.run(self._resend)
        except (DBAPIError, OSError):
            return  # the database is down: look again later

    def _decide(self, session: Session) -> None:
        settled_by = session.clock.now() - LONGEST_FAULT
        held = session.scalars(select(MeterCommand).filter_by(state=CommandState.HELD)).all()
        for command in held:
            if command.sent_at is not None and command.sent_at < settled_by:
                self._decide_one(session, command)

    def _decide_one(self, session: Session, command: MeterCommand) -> None:
        meter = session.get_one(Meter, command.meter_id)
        unproved = displays(self.site)[meter.serial]["cumulative"] - _confirmed(session, meter)
        if meter.capability is not MoneyCapability.ADDITIVE_BLIND or meter.frozen_reason is not None:
            self.wrong.append(f"{meter.number} held for {command.note}, frozen for {meter.frozen_reason}")
        if unproved not in (0, command.amount):
            self.wrong.append(f"{meter.number} shows {unproved} beside what was confirmed, held is {command.amount}")
        taken = unproved == command.amount
        settle(session, command=decide(session, command=command, taken=taken, reason="display", by="chaos"))
        self.taken, self.not_taken = self.taken + taken, self.not_taken + (not taken)

    def _resend(self, session: Session) -> None:
        refused = (
            select(CreditOrder)
            .join(MeterCommand, MeterCommand.id == CreditOrder.command_id)
            .where(CreditOrder.state == OrderState.PAID, MeterCommand.state.in_(ENDED))
        )
        for order in session.scalars(refused).all():
            send_again(session, order=order, request_id="chaos")
            self.resent += 1


def _confirmed(session: Session, meter: Meter) -> int:
    done = {"meter_id": meter.id, "kind": CommandKind.TOP_UP, "state": CommandState.CONFIRMED}
    return int(session.scalar(select(func.coalesce(func.sum(MeterCommand.amount), 0)).filter_by(**done)) or 0)
