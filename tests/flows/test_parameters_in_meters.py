"""Parameters on their whole way: queued, permitted, written by a running bridge into a simulated meter, read back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.command_models import SETTLED, MeterCommand
from backend.metering.commands.commanding import queue_command
from backend.metering.models import Meter
from backend.runtime import Runtime
from meter_bridge.protocol import CommandKind, CommandState, ParameterCode, ParameterSetting, WriteResult
from tests.flows.bridge_world import make_world, said
from tests.flows.chain import PROFILES, Chain, running_chain
from tests.flows.conftest import World

WRITE, READ = CommandKind.WRITE_PARAMETER, CommandKind.READ_PARAMETERS
OVERDRAFT = ParameterSetting(code=ParameterCode.OVERDRAFT_LIMIT, value=5_000)
DAYS: dict[str, Any] = {"code": "day_schedules", "value": [[[0, "valley"], [480, "peak"], [1320, "valley"]]]}


@pytest.fixture
def chain(world: World, tmp_path: Path) -> Iterator[Chain]:
    with running_chain(world, tmp_path) as made:
        yield made


def done(chain: Chain, kind: CommandKind, parameter: ParameterSetting | None = None) -> MeterCommand:
    """Queue a command for the counting meter and return it settled."""
    database, meter = chain.world.runtime.database, chain.world.park.counting.meter

    def queued(session: Session) -> str:
        more: dict[str, Any] = {"cause": CommandCause.STAFF, "request_id": "r", "parameter": parameter}
        return queue_command(session, meter=session.get_one(Meter, meter.id), kind=kind, **more).reference

    reference = database.run(queued)
    known = select(MeterCommand).filter_by(reference=reference)

    def settled() -> MeterCommand | None:
        command = database.run(lambda session: session.scalars(known).one())
        return command if command.state in SETTLED else None

    command: MeterCommand = chain.wait_for(settled, f"{kind.value} settled")
    return command


def test_a_parameter_is_in_the_meter_once_it_was_read_back_and_its_drift_is_seen(chain: Chain) -> None:
    played, days = chain.meters.meter(1), ParameterSetting.model_validate(DAYS)
    command = done(chain, WRITE, days)
    assert command.state is CommandState.CONFIRMED
    assert command.parameter == DAYS
    assert (command.after or {})["parameters"] == {"day_schedules": DAYS["value"]}
    assert played.parameters.value(days.code) == days.value
    played.parameters.forget(days.code)
    told = (done(chain, READ).after or {})["parameters"]
    assert set(told) == set(PROFILES["reference_cas"].parameters.places)
    assert ParameterSetting(code=days.code, value=told["day_schedules"]) != days


def test_a_value_that_is_there_already_is_confirmed_without_a_write(chain: Chain) -> None:
    for signed in (True, False):
        command = done(chain, WRITE, OVERDRAFT)
        assert (command.state, command.signed is not None) == (CommandState.CONFIRMED, signed)
    assert chain.meters.meter(1).overdraft == OVERDRAFT.value


def test_what_the_model_cannot_hold_is_refused_before_it_is_permitted(chain: Chain) -> None:
    for code, value, why in (
        ("overdraft_limit", 10**9, "parameter_too_high"),
        ("day_schedules", [[[0, "valley"]], [[0, "flat"]], [[0, "peak"]]] * 2, "parameter_too_many_days"),
    ):
        command = done(chain, WRITE, ParameterSetting.model_validate({"code": code, "value": value}))
        assert (command.state, command.note, command.signed) == (CommandState.REFUSED, why, None)


def test_a_read_back_without_the_parameter_proves_nothing(runtime: Runtime) -> None:
    bridges = make_world(runtime)
    meter, bridge = bridges.counting, bridges.holding()
    bridges.queue(meter, WRITE, cause=CommandCause.STAFF, parameter=OVERDRAFT)
    (work,) = bridge.claim()
    assert work.parameter == OVERDRAFT
    bridge.intent(work, said(meter, parameters={"overdraft_limit": 0}))
    assert bridge.outcome(work, WriteResult.ACKNOWLEDGED, said(meter, at=1)) is CommandState.UNKNOWN


def test_a_meter_that_holds_another_value_than_wanted_is_written_again_later(runtime: Runtime) -> None:
    bridges = make_world(runtime)
    meter, bridge = bridges.counting, bridges.holding()
    bridges.queue(meter, WRITE, cause=CommandCause.STAFF, parameter=OVERDRAFT)
    (work,) = bridge.claim()
    bridge.intent(work, said(meter, parameters={"overdraft_limit": 0}))
    told = said(meter, at=1, parameters={"overdraft_limit": 4_999})
    assert bridge.outcome(work, WriteResult.ACKNOWLEDGED, told) is CommandState.QUEUED


def test_a_command_that_sets_nothing_cannot_be_queued(runtime: Runtime) -> None:
    bridges = make_world(runtime)
    for kind, parameter in ((WRITE, None), (READ, OVERDRAFT)):
        with pytest.raises(IntegrityError, match="ck_meter_command_parameter"):
            bridges.queue(bridges.counting, kind, cause=CommandCause.STAFF, parameter=parameter)


def test_a_bridge_with_another_profile_gets_no_parameter_to_write(runtime: Runtime) -> None:
    bridges = make_world(runtime)
    bridge = bridges.bridge()
    bridge.heartbeat(profiles={"reference_cas": "0" * 64})
    bridges.queue(bridges.counting, WRITE, cause=CommandCause.STAFF, parameter=OVERDRAFT)
    assert bridge.claim() == []
