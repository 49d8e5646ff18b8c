"""What staff see of the parameters of one meter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.change_models import ParameterChange
from backend.metering.parameters.states import ParameterState, parameter_state
from backend.metering.parameters.template_models import ParameterTemplate
from backend.staff.models import Staff
from meter_bridge.profile import Profile
from meter_bridge.protocol import ParameterCode


@dataclass(frozen=True, slots=True)
class ParameterSight:
    """One parameter of a meter: what is known of it, how it stands, and who wanted it when.

    one is None before anything is known. last: the newest order to write it.
    """

    code: ParameterCode
    state: ParameterState
    one: MeterParameter | None = None
    last: MeterCommand | None = None
    change: ParameterChange | None = None
    asked_by: str = ""
    template: str = ""

    @property
    def wanted(self) -> Any:
        """What the meter is to hold."""
        return self.one.wanted if self.one else None

    @property
    def settled(self) -> bool:
        """Whether somebody wants anything of it."""
        return self.wanted is not None

    @property
    def actual(self) -> Any:
        """What it said it holds."""
        return self.one.actual if self.one else None


def parameters_of(session: Session, *, meter: Meter, profiles: Mapping[str, Profile]) -> list[ParameterSight]:
    """Return the parameters of a meter: all that its model has, and what else is wanted of it."""
    told = (
        select(MeterParameter, parameter_state(), MeterCommand, ParameterChange, Staff.name, ParameterTemplate.name)
        .outerjoin(MeterCommand, MeterCommand.id == MeterParameter.command_id)
        .outerjoin(ParameterChange, ParameterChange.id == MeterParameter.change_id)
        .outerjoin(Staff, Staff.id == ParameterChange.asked_by)
        .outerjoin(ParameterTemplate, ParameterTemplate.id == ParameterChange.template_id)
        .where(MeterParameter.meter_id == meter.id)
    )
    rows = {
        one.code: ParameterSight(one.code, ParameterState(state), one, last, change, asked_by or "", template or "")
        for one, state, last, change, asked_by, template in session.execute(told)
    }
    profile = profiles.get(meter.profile)
    offered = profile.parameters.places if profile else {}
    codes = [code for code in ParameterCode if code in offered or code in rows]
    return [rows.get(code) or ParameterSight(code, ParameterState.NEVER_READ) for code in codes]
