"""What changes want of meters whose orders came to nothing."""

from sqlalchemy import Select, select

from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter, MeterState
from backend.metering.parameter_models import MeterParameter
from meter_bridge.protocol import CommandState

CAME_TO_NOTHING = (CommandState.CANCELLED, CommandState.REFUSED)


def stuck_parameters(change_id: int) -> Select[MeterParameter, Meter]:
    """Find what a change still wants of meters that were not written: refused, or kept out by a maintenance lock."""
    return (
        select(MeterParameter, Meter)
        .join(Meter, Meter.id == MeterParameter.meter_id)
        .join(MeterCommand, MeterCommand.id == MeterParameter.command_id)
        .where(
            MeterParameter.change_id == change_id,
            MeterParameter.actual.is_distinct_from(MeterParameter.wanted),
            MeterCommand.state.in_(CAME_TO_NOTHING),
            Meter.state == MeterState.ACTIVE,
        )
        .order_by(Meter.id, MeterParameter.code)
    )
