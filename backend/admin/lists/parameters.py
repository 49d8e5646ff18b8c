"""The list of parameters of meters: what is wanted, what each meter said, and where the two differ."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from backend.admin.lists.column import Column, Listing
from backend.admin.lists.joins import inside
from backend.admin.lists.parameter_sieves import of_code, of_state
from backend.admin.lists.sieves import building, text_in
from backend.admin.lists.views import hang
from backend.estate.models import Building, Park, Room
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter, MeterState
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.states import ParameterState, parameter_state, urgency
from backend.staff.roles import Permission

COLOURS = {
    ParameterState.SAME.value: "green",
    ParameterState.WAITING.value: "blue",
    ParameterState.WRITING.value: "blue",
    ParameterState.DRIFT.value: "red",
    ParameterState.REFUSED.value: "red",
    ParameterState.NOT_TOLD.value: "amber",
    ParameterState.NOT_POSSIBLE.value: "amber",
    ParameterState.NEVER_READ.value: "secondary",
    ParameterState.NOT_WANTED.value: "secondary",
}


def _parameters(_: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(
            MeterParameter.id.label("id"),
            Meter.id.label("meter_id"),
            Meter.number.label("number"),
            Park.name.label("park"),
            Building.name.label("building"),
            Room.number.label("room"),
            Room.id.label("room_id"),
            MeterParameter.code.label("code"),
            _told(MeterParameter.wanted).label("wanted"),
            _told(MeterParameter.actual).label("actual"),
            parameter_state().label("state"),
            urgency().label("urgency"),
            MeterParameter.read_at.label("read_at"),
            MeterParameter.drift_since.label("drift_since"),
            Meter.profile.label("profile"),
        )
        .join(Meter, Meter.id == MeterParameter.meter_id)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .outerjoin(MeterCommand, MeterCommand.id == MeterParameter.command_id)
        .where(inside(scope), Meter.state == MeterState.ACTIVE)
    )


def _told(value: Any) -> ColumnElement[Any]:
    """A value with its code and the unit of the meter's credit, as the audit trail tells it, too."""
    return func.jsonb_build_object("unit", Meter.credit_unit, MeterParameter.code, value)


PARAMETERS = Listing(
    name="parameters",
    title="电表参数",
    permission=Permission.VIEW_ESTATE,
    columns=(
        Column("number", "表号", link="meters/{meter_id}#parameters"),
        Column("building", "楼栋"),
        Column("room", "房间", link="rooms/{room_id}"),
        Column("code", "参数", "word", enum="ParameterCode"),
        Column("state", "状态", "word", enum="ParameterState", colours=COLOURS),
        Column("wanted", "应为", "parameter", sortable=False),
        Column("actual", "表内", "parameter", sortable=False),
        Column("read_at", "读取时间", "time"),
        Column("drift_since", "不一致始于", "time"),
        Column("park", "园区", shown=False),
        Column("profile", "表型", shown=False),
    ),
    sieves=(
        text_in(Meter.number, Room.number, title="表号或房号"),
        building(Room.building_id),
        of_code(),
        of_state(),
    ),
    statement=_parameters,
    order=("urgency", "park", "building", "room", "number", "code"),
    empty="没有符合条件的参数：已设定的都与电表一致，或换一个状态查看。",
)
hang(PARAMETERS)
