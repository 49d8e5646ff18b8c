"""Which command of a meter goes next. Pure.

Commands go by seq. Money that may not go now (frozen, held, waiting after a failure) lets relays and readings pass,
but no other money; a relay that waits lets no other relay pass, or an old one would undo a newer one. Only a closing
that a maintenance lock holds back lets an opening pass: who works there must be able to cut the supply.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.metering.causes import CLOSING
from backend.metering.command_models import MeterCommand
from meter_bridge.protocol import CommandKind, CommandState

MONEY, RELAY, READ, SETTING = "money", "relay", "read", "setting"
LANES = {
    CommandKind.TOP_UP: MONEY,
    CommandKind.OPEN_BREAKER: RELAY,
    CommandKind.CLOSE_BREAKER: RELAY,
    CommandKind.READ_NOW: READ,
    CommandKind.KEEP_SUPPLIED: RELAY,
    CommandKind.END_KEEP_SUPPLIED: RELAY,
    CommandKind.AUTOMATIC: RELAY,
    CommandKind.SYNC_CLOCK: SETTING,
    CommandKind.BROADCAST_CLOCK: SETTING,
    CommandKind.CLEAR_COUNTERS: SETTING,
    CommandKind.WRITE_PARAMETER: SETTING,
    CommandKind.READ_PARAMETERS: READ,
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides beside the commands themselves: the lease's fence, the time, and what stops money."""

    fence: int
    now: datetime
    frozen: bool  # a person must look: no new money, but what was sent is still read back
    unfit: bool  # the bridge has another profile: it would read and write the wrong registers
    locked: bool = False  # a maintenance lock hangs: nothing is closed

    def forbids(self, command: MeterCommand) -> bool:
        """Whether this may not be handed out now: money to a meter that is stopped, a closing under a lock."""
        if self.locks_out(command):
            return True
        if command.kind is CommandKind.WRITE_PARAMETER:
            return self.unfit
        if command.kind is not CommandKind.TOP_UP:
            return False
        return self.unfit or (self.frozen and not was_sent(command))

    def locks_out(self, command: MeterCommand) -> bool:
        """Whether a lock holds this closing back; what was sent is read back all the same."""
        return self.locked and command.kind in CLOSING and not was_sent(command)

    def is_due(self, command: MeterCommand) -> bool:
        """Whether its time has come; what was sent under an earlier lease is read back at once."""
        if was_sent(command) and command.fence != self.fence:
            return True
        return command.next_attempt_at is None or command.next_attempt_at <= self.now

    def is_worked_on(self, command: MeterCommand) -> bool:
        """Whether the bridge that holds the lease has this command in hand; an order that ran out it has not."""
        if command.fence != self.fence:
            return False
        return command.state is CommandState.LEASED or (
            command.state is CommandState.SENDING and not self.is_due(command)
        )


def was_sent(command: MeterCommand) -> bool:
    """Whether the meter may have been written to."""
    return command.state in (CommandState.SENDING, CommandState.UNKNOWN)


def is_over(command: MeterCommand, now: datetime) -> bool:
    """Whether a command that nobody wrote came too late."""
    waits = command.state in (CommandState.QUEUED, CommandState.LEASED)
    return waits and command.expires_at is not None and command.expires_at <= now


def next_of(queue: Sequence[MeterCommand], situation: Situation) -> MeterCommand | None:
    """Return the command to hand out of one meter's unsettled commands, in order of seq; None when all must wait."""
    in_hand = next((c for c in queue if situation.is_worked_on(c)), None)
    if in_hand is not None:
        return in_hand if in_hand.state is CommandState.LEASED else None
    taken = set(_lanes_in_flight(queue))
    for command in queue:
        lane = LANES[command.kind]
        free = was_sent(command) or lane not in taken
        if free and command.state is not CommandState.HELD and _may_go(command, situation):
            return command
        if lane is not READ and not situation.locks_out(command):
            taken.add(lane)
    return None


def _may_go(command: MeterCommand, situation: Situation) -> bool:
    return situation.is_due(command) and not situation.forbids(command)


def _lanes_in_flight(queue: Iterable[MeterCommand]) -> list[str]:
    busy = (CommandState.SENDING, CommandState.UNKNOWN, CommandState.HELD)
    return [LANES[command.kind] for command in queue if command.state in busy and LANES[command.kind] is not READ]
