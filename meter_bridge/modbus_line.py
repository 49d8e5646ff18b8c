"""A line over the pymodbus client, with the checks and the silence that pymodbus 3.16 leaves out.

pymodbus would resend writes (retries), take an answer of another function, length or echo, and reuse a connection
on which an answer is still under way. Here each request goes once; the bytes of its answer are compared before
pymodbus sees them; whatever is not the answer ends the connection.
"""

import asyncio
from functools import partial

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, WriteMultipleRegistersRequest

from meter_bridge.answers import Fit, Fits
from meter_bridge.clock import Clock
from meter_bridge.line import (
    GarbledAnswerError,
    LineCutError,
    LineDownError,
    LineError,
    LinePlace,
    LineTimeoutError,
    MeterExceptionError,
    OpaqueLineError,
    Wire,
)


class ModbusLine:
    """One connection, one exchange at a time (contract: meter_bridge.line.Line)."""

    session, steady = 0, True  # who is dialled is who answers

    def __init__(self, place: LinePlace, wire: Wire, clock: Clock, framer: FramerType, fits: Fits) -> None:
        self._place, self._wire, self._clock = place, wire, clock
        self._framer, self._fits = framer, fits
        self._client: AsyncModbusTcpClient | None = None
        self._asked: bytes | None = None
        self._quiet_until = float("-inf")

    async def ready(self) -> None:
        """Wait out the quiet time and connect; raise LineDownError."""
        if self._client is not None:
            return
        if (wait := self._quiet_until - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait)
        client = self._new_client()
        try:
            async with asyncio.timeout(self._place.timeout):
                connected = await client.connect()
        except TimeoutError:
            connected = False
        if not connected:
            client.close()
            raise LineDownError(f"{self._place.host}:{self._place.port} does not take a connection")
        self._client = client

    async def read(self, unit: int, address: int, count: int) -> list[int]:
        """Return `count` holding registers (function 3)."""
        await self.ready()
        answer = await self._exchange(ReadHoldingRegistersRequest(dev_id=unit, address=address, count=count))
        if len(answer.registers) != count:
            raise self._garbled("another count of registers")
        return list(answer.registers)

    async def write(self, unit: int, address: int, values: list[int]) -> None:
        """Write registers in one frame (function 16); the line must be ready."""
        request = WriteMultipleRegistersRequest(dev_id=unit, address=address, registers=values)
        answer = await self._exchange(request)
        if (answer.address, answer.count) != (address, len(values)):
            raise self._garbled("the echo of another write")

    async def ask(self, request: bytes, fits: Fits) -> bytes:
        """Refuse: this line carries Modbus only."""
        raise OpaqueLineError("this gateway passes Modbus only, not other frames")

    send = ask

    async def shout(self, request: bytes) -> None:
        """Refuse: this line carries Modbus only."""
        raise OpaqueLineError("this gateway passes Modbus only, not other frames")

    def hang_up(self) -> None:
        """Break the connection and stay silent for the quiet time."""
        self._drop()
        self._quiet_until = self._clock.monotonic() + self._place.quiet

    async def close(self) -> None:
        """Break the connection."""
        self._drop()

    async def _exchange(self, request: ModbusPDU) -> ModbusPDU:
        client = self._client
        if client is None:
            raise LineDownError("not connected")
        try:
            answer = await self._answer(client, request)
        except BaseException:  # cancelled, too: the answer may be under way
            self.hang_up()
            raise
        finally:
            self._asked = None
        if answer.dev_id != request.dev_id or answer.function_code & 0x7F != request.function_code:
            raise self._garbled("an answer of another unit or function")
        if answer.isError():
            raise MeterExceptionError(answer.exception_code)
        return answer

    async def _answer(self, client: AsyncModbusTcpClient, request: ModbusPDU) -> ModbusPDU:
        try:
            async with asyncio.timeout(self._place.timeout):
                answer: ModbusPDU = await client.execute(False, request)  # noqa: FBT003 -- pymodbus' own signature
                return answer
        except TimeoutError:
            raise LineTimeoutError("no answer") from None
        except ConnectionException:
            raise LineDownError("the connection was gone before anything was sent") from None
        except ModbusException as error:
            raise GarbledAnswerError(str(error)) from None

    def _garbled(self, what: str) -> GarbledAnswerError:
        self.hang_up()
        return GarbledAnswerError(what)

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _new_client(self) -> AsyncModbusTcpClient:
        client = AsyncModbusTcpClient(
            self._place.host,
            port=self._place.port,
            framer=self._framer,
            retries=0,  # pymodbus resends writes
            reconnect_delay=0,
            timeout=2 * self._place.timeout,  # never reached: our own patience ends first
            trace_packet=self._traffic,
            trace_connect=self._connection,
        )
        place = self._place
        client.ctx.call_create = partial(self._wire, client.ctx.handle_new_connection, place.host, place.port)
        return client

    def _traffic(self, sending: bool, packet: bytes) -> bytes:  # noqa: FBT001 -- called by pymodbus
        """Show pymodbus the answer once it is whole, and nothing else. Received: all bytes since the request."""
        if sending:
            self._asked = packet
            return packet
        if self._asked is None:  # nobody asked: the next answer could be an old one
            self.hang_up()
            return b""
        fit = self._fits(self._asked, packet)
        if fit is Fit.WHOLE:
            self._asked = None
            return packet
        if fit is Fit.WRONG:
            self._fail(GarbledAnswerError(f"{packet.hex()} is no answer to {self._asked.hex()}"))
        return b""

    def _connection(self, made: bool) -> None:  # noqa: FBT001 -- called by pymodbus
        if made:
            return
        if self._asked is None:
            self._drop()
        else:
            self._fail(LineCutError("the connection broke while an answer was awaited"))

    def _fail(self, error: LineError) -> None:
        if self._client is not None and not self._client.ctx.response_future.done():
            self._client.ctx.response_future.set_exception(error)
