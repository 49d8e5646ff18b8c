"""Meters."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from backend.metering.lines.silence import Medium
from backend.people.models import Role
from meter_bridge.protocol import SupplyState
from miniprogram_api.schemas.incoming import Incoming
from miniprogram_api.schemas.usage import LONGEST_DAYS, Usage


class CreditSource(StrEnum):
    """Who says how much credit there is."""

    METER = "meter"
    PLATFORM = "platform"


class WhyNot(StrEnum):
    """Why a meter cannot be topped up by this user now."""

    VIEWER_ONLY = "viewer_only"
    METER_FROZEN = "meter_frozen"
    NOT_SELLABLE = "not_sellable"


class MeterView(BaseModel):
    """A meter as its holder's people see it."""

    reference: str
    number: str
    medium: Medium
    room: str = Field(description="park, building, floor and room in one line")
    holder: int
    holder_name: str
    role: Role
    credit_fen: int | None = Field(description="negative is debt; null: not known, or not counted in money")
    credit_source: CreditSource
    remaining_energy_wh: int | None = Field(description="for meters whose credit is energy")
    supply: SupplyState | None = Field(description="closed: current flows; open: it does not; null: not known")
    read_at: datetime | None = Field(description="when the meter was last read")
    age_seconds: int | None = Field(description="how long ago that was")
    gateway_answers: bool | None = Field(description="false: the meter cannot be reached now; null: not known")
    can_top_up: bool
    why_not: WhyNot | None
    why_not_text: str | None


class MeterPage(MeterView):
    """A meter and, where it was asked for, what it used: all that its page shows."""

    usage: Usage | None = Field(description="null: not asked for")


class MeterQuery(Incoming):
    """What to tell besides."""

    days: int = Field(0, ge=0, le=LONGEST_DAYS, description="its use on so many days, today among them; 0: without")


class MeterList(BaseModel):
    """Every meter of every holder the user is bound to."""

    meters: list[MeterView]
