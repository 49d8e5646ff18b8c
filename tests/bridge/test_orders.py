"""An order is written only if it is the backend's, for this meter, over this reading, and fits."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meter_bridge.orders import OrderError, check_order, opened
from meter_bridge.protocol import (
    CommandKind,
    Evidence,
    MeterPlace,
    Order,
    Phase,
    SignedOrder,
    SupplyState,
    Work,
    WriteResult,
)
from tests.bridge.bench import PROFILES, Bench, bench
from tests.bridge.fake_backend import reference
from tests.bridge.virtual_time import START, run_virtually

CAS, BLIND, RELAY = "reference_cas", "reference_additive", "generic_relay"


def told(tmp_path: Path, story: Callable[[Bench], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with bench(tmp_path) as made:
            await story(made)

    run_virtually(whole())


@pytest.mark.parametrize(
    ("profile", "changed"),
    [
        (CAS, {"command": reference("X")}),
        (CAS, {"meter": reference("X")}),
        (CAS, {"line": reference("X")}),
        (CAS, {"fence": 7}),
        (CAS, {"serial": "999999999999"}),
        (CAS, {"kind": CommandKind.OPEN_BREAKER}),
        (CAS, {"purchase_no": 2}),
        (CAS, {"purchase_no": None}),
        (CAS, {"amount": 0}),
        (CAS, {"amount": -500}),
        (CAS, {"amount": 100_000_000}),
        (BLIND, {"purchase_no": 1}),
    ],
)
def test_an_order_that_does_not_fit_is_not_written(tmp_path: Path, profile: str, changed: dict[str, Any]) -> None:
    async def story(made: Bench) -> None:
        made.backend.tamper = lambda order: order.model_copy(update=changed)
        command = made.backend.order(made.places[profile], CommandKind.TOP_UP, 500)
        while not command.outcomes:
            await made.clock.sleep(0.1)
        assert command.outcomes[0].write is WriteResult.NONE
        assert command.outcomes[0].after is not None
        assert made.meter(profile).purchase_count == 0

    told(tmp_path, story)


def test_an_order_over_another_reading_is_not_written(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.backend.tamper = lambda order: order.model_copy(
            update={"before": order.before.model_copy(update={"balance": 1})}
        )
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, 500)
        while not command.outcomes:
            await made.clock.sleep(0.1)
        assert made.meter(CAS).purchase_count == 0

    told(tmp_path, story)


def test_an_order_signed_by_somebody_else_is_not_written(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.backend.sign_with = Ed25519PrivateKey.generate()
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, 500)
        while not command.outcomes:
            await made.clock.sleep(0.1)
        assert command.outcomes[0].write is WriteResult.NONE
        assert made.meter(CAS).purchase_count == 0

    told(tmp_path, story)


def test_a_meter_with_another_serial_is_not_written_to(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.meter(CAS).serial = "777777777777"
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, 500)
        while not command.outcomes:
            await made.clock.sleep(0.1)
        assert made.meter(CAS).purchase_count == 0

    told(tmp_path, story)


def test_a_relay_meter_takes_no_money(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        command = made.backend.order(made.places[RELAY], CommandKind.TOP_UP, 500)
        while not command.outcomes:
            await made.clock.sleep(0.1)
        assert command.outcomes[0].write is WriteResult.NONE

    told(tmp_path, story)


@pytest.mark.parametrize("signature", ["", "zz", "00" * 64])
def test_a_signature_that_is_none_is_refused(signature: str) -> None:
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    with pytest.raises(OrderError):
        opened(SignedOrder(payload="{}", signature=signature), key)


def test_signed_nonsense_is_refused() -> None:
    key = Ed25519PrivateKey.generate()
    signed = SignedOrder(payload="{}", signature=key.sign(b"{}").hex())
    with pytest.raises(OrderError):
        opened(signed, key.public_key().public_bytes_raw().hex())


def test_an_order_the_profile_has_no_registers_for_is_refused() -> None:
    place = MeterPlace(meter=reference("M"), unit=1, serial="1", profile=RELAY, poll_seconds=60)
    before = Evidence(read_at=START, supply=SupplyState.CLOSED)
    work = Work(
        command=reference("C"), meter=place.meter, line=reference("L"), fence=1, kind=CommandKind.OPEN_BREAKER,
        phase=Phase.DELIVER, request_id="r",
    )  # fmt: skip
    order = Order(
        command=work.command, meter=work.meter, serial="1", line=work.line, fence=1, kind=work.kind, purchase_no=None,
        amount=0, before=before, request_id="r", expires_at=START,
    )  # fmt: skip
    check_order(order, work, place, PROFILES[RELAY], before)
    with pytest.raises(OrderError, match="does not fit the registers"):
        check_order(order, work, place, PROFILES[RELAY].model_copy(update={"writes": {}}), before)
