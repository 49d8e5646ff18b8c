"""Our DL/T 645 reads against a server that others wrote (the package dlt645: no wallet, no relay in it)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import pytest
from dlt645.service.serversvc.async_server_service import AsyncMeterServerService

from meter_bridge import dlt645
from meter_bridge.clock import SystemClock
from meter_bridge.dlt645 import Frame
from meter_bridge.dlt645_values import number_in
from meter_bridge.drivers.dlt645 import Dlt645Driver
from meter_bridge.line import Line, LinePlace, MeterExceptionError, line_kinds, tcp_wire
from meter_bridge.profile import Quantity, load_profiles
from meter_bridge.protocol import MeterPlace, SupplyState

SERIAL = "202603010007"
PROFILE = load_profiles()["dlt645_2007"]
SHOWN = (Quantity.SERIAL, Quantity.SUPPLY, Quantity.ENERGY_WH)


@cache
def stranger() -> Any:
    """Return their server; its table takes it a second to make, and each story sets the values it asks for."""
    service = AsyncMeterServerService.new_tcp_server("127.0.0.1", 0)
    service.set_address(bytes.fromhex(SERIAL)[::-1])  # as it lies on the wire
    return service


@asynccontextmanager
async def peer() -> AsyncIterator[tuple[Any, Line]]:
    service = stranger()
    service.server.port = 0
    async with service:
        place = LinePlace("127.0.0.1", service.server.port, 1.0, 0.05)
        line = line_kinds()["rtu_over_tcp"].open(place, tcp_wire, SystemClock())
        try:
            yield service, line
        finally:
            await line.close()


def driver(line: Line, serial: str = SERIAL) -> Dlt645Driver:
    profile = PROFILE.model_copy(update={"registers": {q: PROFILE.registers[q] for q in SHOWN}})
    place = MeterPlace(meter="0" * 26, unit=1, serial=serial, profile=PROFILE.code, poll_seconds=60)
    return Dlt645Driver(line, place, profile, SystemClock())


def test_evidence_is_read_from_a_strangers_server() -> None:
    async def story() -> None:
        async with peer() as (service, line):
            service.set_00(0x00000000, 1234.56)
            service.set_04(0x04000402, SERIAL)
            service.set_04(0x04000503, "0010")
            evidence = await driver(line).evidence()
            assert (evidence.serial, evidence.energy_wh) == (SERIAL, 1_234_560)
            assert evidence.supply is SupplyState.OPEN

    asyncio.run(story())


@pytest.mark.parametrize(
    ("quantity", "set_to", "ours"),
    [(Quantity.VOLTAGE_MV, 231.4, 231_400), (Quantity.CURRENT_MA, 12.345, 12_345), (Quantity.POWER_W, 2.8561, 2_856)],
)
def test_quantities_have_the_same_scale(quantity: Quantity, set_to: float, ours: int) -> None:
    async def story() -> None:
        async with peer() as (service, line):
            register = PROFILE.registers[quantity]
            service.set_02(register.address, set_to)
            asked = dlt645.encoded(Frame(SERIAL, dlt645.READ, register.address.to_bytes(4, "little")))
            answer = dlt645.decoded(await line.ask(asked, dlt645.fit))
            assert number_in(register, answer.data[4:]) == ours

    asyncio.run(story())


def test_a_stranger_says_no_to_what_it_does_not_know_nor_to_another_address() -> None:
    async def story() -> None:
        async with peer() as (_, line):
            place = MeterPlace(meter="0" * 26, unit=1, serial=SERIAL, profile=PROFILE.code, poll_seconds=60)
            with pytest.raises(MeterExceptionError, match="no such data"):
                await Dlt645Driver(line, place, PROFILE, SystemClock()).evidence(1)
            with pytest.raises(MeterExceptionError, match="other"):  # a real meter would stay silent
                await driver(line, "000000000001").evidence(1)

    asyncio.run(story())
