"""Nobody can find that a meter did not take money as long as somebody may still write it."""

import pytest

from backend.metering.command_models import MeterCommand
from backend.metering.deciding import decide
from backend.metering.errors import StillPermittedError
from backend.runtime import Runtime
from meter_bridge.protocol import CommandState, Order, WriteResult
from tests.flows.bridge_world import START, BridgeWorld, make_world, said


@pytest.fixture
def bridges(runtime: Runtime) -> BridgeWorld:
    return make_world(runtime)


def read_back_by_another_run(bridges: BridgeWorld) -> MeterCommand:
    """Permit a write to one run of a bridge and let the next run find nothing of it in the meter."""
    sleeper = bridges.holding()
    reference = bridges.queue(bridges.blind)
    [work] = sleeper.claim()
    sleeper.intent(work, said(bridges.blind))
    fresh = sleeper.restarted()
    fresh.heartbeat()
    [verify] = fresh.claim()
    assert fresh.outcome(verify, WriteResult.UNSEEN, said(bridges.blind, at=5)) is CommandState.HELD
    return bridges.command(reference)


def not_taken(bridges: BridgeWorld, command: MeterCommand) -> None:
    bridges.run(lambda s: decide(s, command=command, taken=False, again=True, reason="not there", by="alice"))


def test_not_taken_cannot_be_said_while_a_sleeping_run_may_still_write(bridges: BridgeWorld) -> None:
    command = read_back_by_another_run(bridges)
    with pytest.raises(StillPermittedError):
        not_taken(bridges, command)
    assert bridges.command(command.reference).state is CommandState.HELD


def test_it_can_be_said_once_the_permission_has_ended(bridges: BridgeWorld) -> None:
    command = read_back_by_another_run(bridges)
    assert command.signed is not None
    ended = Order.model_validate_json(command.signed["payload"]).model_copy(update={"expires_at": START})
    bridges.set_commands(signed={**command.signed, "payload": ended.model_dump_json()})
    not_taken(bridges, command)
    assert bridges.command(command.reference).state is CommandState.QUEUED


def test_what_the_meter_took_can_be_said_at_once(bridges: BridgeWorld) -> None:
    command = read_back_by_another_run(bridges)
    bridges.run(lambda s: decide(s, command=command, taken=True, reason="on the display", by="alice"))
    assert bridges.command(command.reference).state is CommandState.CONFIRMED
