"""Our Modbus line against a server that others wrote (pyModbusTCP), and our simulator against a master (mbpoll)."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from pyModbusTCP.server import DataBank, ModbusServer

from meter_bridge.clock import SystemClock
from meter_bridge.drivers.modbus import ModbusDriver
from meter_bridge.line import Line, LineDownError, LineError, LinePlace, MeterExceptionError, line_kinds, tcp_wire
from meter_bridge.profile import load_profiles
from meter_bridge.protocol import CommandKind, MeterPlace, SupplyState
from meter_bridge.simulator.park import Park
from meter_bridge.simulator.server import BusServer
from meter_bridge.simulator.site import Site
from meter_bridge.simulator.store import Store

PROFILES = load_profiles()
PROFILE = PROFILES["reference_cas"]
SERIAL = "000000000007"
REGISTERS = {
    0x1000: [0, 0, 7], 0x1003: [41], 0x1004: [0xFFFF, 0xFF9C], 0x1006: [1, 0], 0x1008: [0, 5000], 0x100B: [1],
    0x100C: [0, 1234],
}  # fmt: skip
MBPOLL = shutil.which("mbpoll")


@pytest.fixture
def bank() -> DataBank:
    """A server's registers: those of a counting meter, and none beyond 1FFFh."""
    made = DataBank(h_regs_size=0x2000)
    for address, words in REGISTERS.items():
        made.set_holding_registers(address, words)
    return made


@pytest.fixture
def port(bank: DataBank) -> Iterator[int]:
    """A stranger's server."""
    server = ModbusServer("127.0.0.1", 0, no_block=True, data_bank=bank)
    server.start()
    yield server._service.server_address[1]
    server.stop()


def opened(port: int) -> Line:
    return line_kinds()["modbus_tcp"].open(LinePlace("127.0.0.1", port, 1.0, 0.05), tcp_wire, SystemClock())


def driver(line: Line) -> ModbusDriver:
    place = MeterPlace(meter="0" * 26, unit=1, serial=SERIAL, profile=PROFILE.code, poll_seconds=60)
    return ModbusDriver(line, place, PROFILE, SystemClock())


def test_evidence_is_read_from_a_strangers_server(port: int) -> None:
    async def story() -> None:
        line = opened(port)
        evidence = await driver(line).evidence()
        await line.close()
        assert (evidence.serial, evidence.purchase_count, evidence.balance) == (SERIAL, 41, -100)
        assert (evidence.cumulative, evidence.last_purchase, evidence.energy_wh) == (65_536, 5000, 12_340)
        assert evidence.supply is SupplyState.OPEN

    asyncio.run(story())


def test_writes_arrive_at_a_strangers_server_as_the_profile_says(port: int, bank: DataBank) -> None:
    async def story() -> None:
        line = opened(port)
        await line.ready()
        await driver(line).top_up(70_000, 42)
        await driver(line).order(CommandKind.OPEN_BREAKER)
        await line.close()

    asyncio.run(story())
    assert bank.get_holding_registers(0x1100, 3) == [1, 4464, 42]
    assert bank.get_holding_registers(0x1110, 1) == [1]


def test_what_a_stranger_refuses_is_an_exception_and_the_line_goes_on(port: int) -> None:
    async def story() -> None:
        line = opened(port)
        with pytest.raises(MeterExceptionError) as refused:
            await line.read(1, 0x1FFF, 2)
        assert (refused.value.code, refused.value.refused) == (2, True)
        with pytest.raises(MeterExceptionError):
            await line.write(1, 0x1FFF, [1, 2])
        assert await line.read(1, 0x1003, 1) == [41]
        await line.close()

    asyncio.run(story())


def test_a_stranger_that_goes_away_is_a_line_that_is_down(bank: DataBank) -> None:
    async def story() -> None:
        server = ModbusServer("127.0.0.1", 0, no_block=True, data_bank=bank)
        server.start()
        line = opened(server._service.server_address[1])
        assert await line.read(1, 0x1003, 1) == [41]
        await asyncio.to_thread(server.stop)
        with pytest.raises(LineError):
            await line.read(1, 0x1003, 1)
        with pytest.raises(LineDownError):
            await line.read(1, 0x1003, 1)
        await line.close()

    asyncio.run(story())


@pytest.mark.skipif(MBPOLL is None, reason="mbpoll, a master over libmodbus, is not installed")
def test_a_master_over_libmodbus_reads_our_simulated_meter() -> None:
    async def story() -> str:
        meter = {"unit": 7, "profile": PROFILE.code, "serial": SERIAL, "balance_fen": 4321}
        park = Park.model_validate({"line": [{"name": "line", "kind": "modbus_tcp", "port": 502, "meter": [meter]}]})
        site = Site(park, PROFILES, Store(None), Random(1))
        bus = BusServer(site.buses["line"], asyncio.get_running_loop().time)
        server = await bus.serve("127.0.0.1", 0)
        at = str(server.sockets[0].getsockname()[1])
        words = ["-0", "-m", "tcp", "-p", at, "-a", "7", "-t", "4", "-r", str(0x1000), "-c", "6", "-1", "127.0.0.1"]
        master = await asyncio.create_subprocess_exec(Path(MBPOLL or ""), *words, stdout=asyncio.subprocess.PIPE)
        told, _ = await master.communicate()
        server.close()
        await bus.close()
        return told.decode()

    told = asyncio.run(story())
    for address, value in ((0x1002, 7), (0x1003, 0), (0x1005, 4321)):
        assert f"[{address}]: \t{value}" in told, told
