"""What a heartbeat tells of lines and of callers (part of meter_bridge.protocol). Pure pydantic."""

from typing import Annotated

from pydantic import Field

from meter_bridge.protocol_base import Message

MOST_TIMES = 10_000  # the pauses of all lines are reckoned in one statement: one beyond its numbers would stop it


class LineStatistics(Message):
    """How a line goes, over the last minutes. Times are milliseconds."""

    seconds: int = Field(description="over how long")
    polls: int
    polls_per_minute: int
    bound_per_minute: int = Field(description="what baud rate, parity and protocol allow at most")
    errors: dict[str, int] = Field(description="kind of error -> how often")
    latency_p50: int | None = None
    latency_p95: int | None = None
    steady: bool = True
    bytes_per_month: int | None = Field(None, description="what polls at this pace carry in 30 days, with packet heads")

    often_times: int = Field(
        1, ge=1, le=MOST_TIMES, description="to save bytes, credit and state are read each so many times only"
    )
    slot_times: int = Field(1, ge=1, le=MOST_TIMES, description="and registers in each so many slots")
    slot_seconds: int = Field(900, ge=1, le=86_400, description="how long such a slot is")
    rarely: bool = Field(default=True, description="whether what is read rarely is read at all")


class MonthBudget(Message):
    """What is left of the bytes a line may carry in this month of its park."""

    left_bytes: int
    left_seconds: float


class RefusedCall(Message):
    """A caller whose registration no line waits for."""

    port: int
    packet: Annotated[str, Field(max_length=256)] = Field(description="its first bytes, in hexadecimal")
    times: int
