"""What the field refuses when it is built."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError, ProductError
from backend.metering import install_errors as errors
from backend.metering.causes import CommandCause
from backend.metering.commands.commanding import cancel_queued, queue_command, requeue
from backend.metering.errors import AlreadySettledError, IntentExistsError
from backend.metering.field.install import add_gateway, add_line, add_meter
from backend.metering.field.meter_details import MeterDetails
from backend.metering.lines.details import LineDetails
from backend.metering.lines.enrolment import invite_bridge
from backend.metering.models import Bridge, Gateway, Meter, MeterState
from backend.runtime import Runtime
from meter_bridge.protocol import CommandKind, CommandState, MoneyCapability
from tests.park import KnownPark, build

Attempt = Callable[[Session, Runtime, KnownPark], object]
NETWORKS = [ip_network("127.0.0.0/8"), ip_network("fd00::/8")]
INSTALLED = {"unit": 9, "number": "M9", "serial": "9"}


@pytest.fixture
def park(runtime: Runtime) -> KnownPark:
    return build(runtime)


def gateway(name: str, host: str) -> Attempt:
    return lambda s, _, park: add_gateway(s, park=park.park, name=name, host=host, networks=NETWORKS)


def meter(**other: object) -> Attempt:
    def attempt(session: Session, runtime: Runtime, park: KnownPark) -> Meter:
        told: dict[str, Any] = {"room_id": park.counting.meter.room_id, "line_id": park.line.id} | INSTALLED | other
        told = {name: value(park) if callable(value) else value for name, value in told.items()}
        model = told.pop("profile", "reference_cas")
        details = {name: told.pop(name) for name in ("circuit", "ct_ratio", "pt_ratio") if name in told}
        return add_meter(session, profile=runtime.profiles[model], details=MeterDetails(**details), **told)

    return attempt


@pytest.mark.parametrize(
    ("attempt", "error", "word"),
    [
        (gateway("h", "8.8.8.8"), errors.HostNotAllowedError, "8.8.8.8"),
        (gateway("h", "localhost"), errors.HostNotAllowedError, "localhost"),
        (gateway("g", "127.0.0.1"), errors.GatewayExistsError, "g"),
        (meter(unit=1), errors.UnitTakenError, "1"),
        (meter(serial=lambda park: park.counting.meter.serial), errors.SerialTakenError, "60000"),
        (meter(number="M1"), errors.NumberTakenError, "M1"),
        (meter(line_id=0), NotFoundError, ""),
        (meter(profile="dlt645_2007"), errors.LineTooNarrowError, "rtu_over_tcp"),
        (meter(circuit=2), errors.NoSuchCircuitError, "2"),
        (meter(profile="acrel_adf300", circuit=37), errors.NoSuchCircuitError, "37"),
        (meter(profile="acrel_adf300", unit=240, circuit=9), errors.NoSuchCircuitError, "240"),
        (meter(profile="acrel_adf300", unit=1), errors.UnitTakenError, "1"),
        (meter(ct_ratio=0), errors.RatioRangeError, "10000"),
        (meter(pt_ratio=-1), errors.RatioRangeError, "10000"),
        (meter(ct_ratio=10_001), errors.RatioRangeError, "10000"),
        (meter(profile="reference_bcd", ct_ratio=2), errors.RatioUnfitError, "kWh"),
        (meter(profile="reference_water", ct_ratio=2), errors.NoTransformersError, "1"),
    ],
)
def test_what_does_not_fit_is_refused_in_both_languages(
    runtime: Runtime, park: KnownPark, attempt: Attempt, error: type[ProductError], word: str
) -> None:
    with pytest.raises(error) as refused:
        runtime.database.run(lambda session: attempt(session, runtime, park))
    assert word in refused.value.sentence("zh")
    assert word in refused.value.sentence("en")


@pytest.mark.parametrize(
    "attempt", [gateway("h", "127.0.0.9"), gateway("g6", "fd00::1"), meter(), meter(ct_ratio=40, pt_ratio=10)]
)
def test_what_fits_is_added(runtime: Runtime, park: KnownPark, attempt: Attempt) -> None:
    assert runtime.database.run(lambda session: attempt(session, runtime, park))


def test_a_refusal_leaves_the_rest_of_the_transaction_alone(runtime: Runtime, park: KnownPark) -> None:
    def work(session: Session) -> None:
        add_gateway(session, park=park.park, name="kept", host="127.0.0.2", networks=NETWORKS)
        with pytest.raises(errors.GatewayExistsError):
            add_gateway(session, park=park.park, name="kept", host="127.0.0.3", networks=NETWORKS)

    runtime.database.run(work)
    assert runtime.database.run(lambda s: s.query(Gateway).filter_by(name="kept").one()).host == "127.0.0.2"


def test_two_lines_at_one_port_are_refused(runtime: Runtime, park: KnownPark) -> None:
    def again(session: Session) -> None:
        add_line(session, gateway=session.get_one(Gateway, park.line.gateway_id), kind="modbus_tcp", port=5020)

    with pytest.raises(errors.LineExistsError):
        runtime.database.run(again)


def test_a_device_and_a_call_belong_to_one_bridge_and_a_caller_to_one_line(runtime: Runtime, park: KnownPark) -> None:
    def add(session: Session, kind: str, port: int, registration: str, home: bool = True) -> None:
        gateway = session.get_one(Gateway, park.line.gateway_id)
        bridge = session.query(Bridge).filter_by(name="home").one_or_none()
        if bridge is None:
            invite_bridge(session, organisation_id=gateway.organisation_id, name="home")
            bridge = session.query(Bridge).filter_by(name="home").one()
        details = LineDetails(home=bridge if home else None, registration=registration)
        add_line(session, gateway=gateway, kind=kind, port=port, details=details)

    def tried(kind: str, port: int, registration: str, home: bool = True) -> None:
        runtime.database.run(lambda session: add(session, kind, port, registration, home))

    tried("dial_in", 6000, "DTU-7")
    tried("serial", 6001, "")
    for kind in ("dial_in", "serial"):
        with pytest.raises(errors.LineHomeError):
            tried(kind, 6002, "x", home=False)
    with pytest.raises(errors.RegistrationTakenError):
        tried("dial_in", 6003, "DTU-7")


def test_a_meter_keeps_the_money_rule_it_was_installed_with(park: KnownPark) -> None:
    assert park.counting.meter.capability is MoneyCapability.COUNTER_CAS
    assert park.blind.meter.capability is MoneyCapability.ADDITIVE_BLIND
    assert park.relay.meter.capability is MoneyCapability.PLATFORM_WALLET


def queued(runtime: Runtime, meter: Meter) -> int:
    def work(session: Session) -> int:
        stored = session.get_one(Meter, meter.id)
        return queue_command(
            session, meter=stored, kind=CommandKind.TOP_UP, cause=CommandCause.PAYMENT, amount=1, request_id="r"
        ).seq

    return runtime.database.run(work)


def test_commands_are_numbered_in_order(runtime: Runtime, park: KnownPark) -> None:
    assert [queued(runtime, park.counting.meter) for _ in range(3)] == [1, 2, 3]


def test_no_money_for_a_meter_that_holds_none_or_is_retired(runtime: Runtime, park: KnownPark) -> None:
    with pytest.raises(errors.NoWalletInMeterError):
        queued(runtime, park.relay.meter)
    runtime.database.run(lambda s: setattr(s.get_one(Meter, park.blind.meter.id), "state", MeterState.RETIRED))
    with pytest.raises(errors.MeterRetiredError):
        queued(runtime, park.blind.meter)


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (CommandState.QUEUED, None),
        (CommandState.LEASED, IntentExistsError),
        (CommandState.SENDING, IntentExistsError),
        (CommandState.UNKNOWN, IntentExistsError),
        (CommandState.HELD, IntentExistsError),
    ],
)
def test_only_what_nobody_was_given_can_be_cancelled(
    runtime: Runtime, park: KnownPark, state: CommandState, error: type[ProductError] | None
) -> None:
    def work(session: Session) -> CommandState:
        stored = session.get_one(Meter, park.counting.meter.id)
        command = queue_command(
            session, meter=stored, kind=CommandKind.TOP_UP, cause=CommandCause.PAYMENT, amount=1, request_id="r"
        )
        command.state, command.next_attempt_at = state, session.clock.now()
        session.flush()
        requeue(session, command=command)
        assert (command.next_attempt_at is None) is (state in (CommandState.QUEUED, CommandState.UNKNOWN))
        cancel_queued(session, command=command, reason="refunded")
        with pytest.raises(AlreadySettledError):
            cancel_queued(session, command=command, reason="again")
        return command.state

    if error is None:
        assert runtime.database.run(work) is CommandState.CANCELLED
    else:
        with pytest.raises(error):
            runtime.database.run(work)


def test_circuits_of_a_box_are_meters_of_their_own_and_none_answers_where_another_does(
    runtime: Runtime, park: KnownPark
) -> None:
    box = {"profile": "acrel_adf300_three", "unit": 100}

    def boxes(session: Session) -> list[int]:
        for circuit in (1, 2, 12):
            own = {"number": f"M10{circuit}", "serial": f"10-{circuit}", "circuit": circuit}
            meter(**box, **own)(session, runtime, park)
        with pytest.raises(errors.UnitTakenError, match="103"):
            meter(profile="acrel_adf300_three", unit=103)(session, runtime, park)
        with pytest.raises(errors.UnitTakenError, match="103"):
            meter(profile="generic_relay", unit=103)(session, runtime, park)
        meter(unit=150)(session, runtime, park)
        with pytest.raises(errors.UnitTakenError, match="150"):
            meter(**box | {"unit": 147}, number="M2x", serial="2x", circuit=2)(session, runtime, park)
        return sorted(m.circuit for m in session.query(Meter).filter_by(profile="acrel_adf300_three"))

    assert runtime.database.run(boxes) == [1, 2, 12]
