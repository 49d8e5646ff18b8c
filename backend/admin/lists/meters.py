"""The list of meters, each with the newest of what it said."""

from typing import Any

from sqlalchemy import Select, case, select

from backend.accounts.models import Account, AccountMeter
from backend.admin.kit.media import models_of
from backend.admin.lists.column import Act, Column, Listing
from backend.admin.lists.joins import inside
from backend.admin.lists.meter_sieves import of_group, of_model, of_supply
from backend.admin.lists.sieves import building, text_in, word_of, yes_or_no
from backend.admin.lists.views import hang
from backend.estate.models import Building, Holder, Park, Room
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.lines.silence import Medium
from backend.metering.models import Gateway, Line, Meter, MeterState, MeterStatus
from backend.staff.roles import Permission
from meter_bridge.protocol import CreditUnit, SupplyState

SUPPLY_COLOURS = {SupplyState.CLOSED.value: "green", SupplyState.OPEN.value: "red"}


def _meters(_: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Meter.id.label("id"),
            Meter.number.label("number"),
            Meter.serial.label("serial"),
            Park.name.label("park"),
            Building.name.label("building"),
            Room.number.label("room"),
            Room.id.label("room_id"),
            Holder.name.label("holder"),
            Holder.id.label("holder_id"),
            Account.number.label("account"),
            MeterStatus.supply.label("supply"),
            case((Meter.credit_unit == CreditUnit.MONEY, MeterStatus.balance)).label("balance"),
            case((Meter.credit_unit == CreditUnit.ENERGY, MeterStatus.balance)).label("balance_wh"),
            MeterStatus.energy_wh.label("energy"),
            MeterStatus.read_at.label("read_at"),
            Meter.profile.label("profile"),
            case((Meter.profile.in_(models_of(Medium.WATER)), Medium.WATER), else_=Medium.ELECTRICITY).label("medium"),
            Meter.state.label("state"),
            Meter.frozen_reason.label("frozen"),
            Gateway.name.label("gateway"),
            Meter.unit.label("unit"),
        )
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .join(Line, Line.id == Meter.line_id)
        .join(Gateway, Gateway.id == Line.gateway_id)
        .outerjoin(MeterStatus, MeterStatus.meter_id == Meter.id)
        .outerjoin(AccountMeter, (AccountMeter.meter_id == Meter.id) & AccountMeter.ended_at.is_(None))
        .outerjoin(Account, Account.id == AccountMeter.account_id)
        .outerjoin(Holder, Holder.id == Account.holder_id)
        .where(inside(scope))
    )


METERS = Listing(
    name="meters",
    title="电表",
    permission=Permission.VIEW_ESTATE,
    columns=(
        Column("number", "表号", link="meters/{id}"),
        Column("building", "楼栋"),
        Column("room", "房间", link="rooms/{room_id}"),
        Column("holder", "企业", link="enterprises/{holder_id}"),
        Column("supply", "供电", "word", enum="SupplyState", medium="medium", colours=SUPPLY_COLOURS),
        Column("balance", "剩余金额", "money", total=True),
        Column("energy", "电能示数", "energy"),
        Column("read_at", "最近抄表", "time"),
        Column("frozen", "充值冻结"),
        Column("park", "园区", shown=False),
        Column("serial", "出厂编号", shown=False),
        Column("account", "账户", shown=False),
        Column("balance_wh", "剩余电量", "energy", shown=False),
        Column("medium", "水电", "word", enum="Medium", shown=False),
        Column("profile", "表型", shown=False),
        Column("gateway", "网关", shown=False),
        Column("unit", "总线地址", "number", shown=False),
        Column("state", "状态", "word", enum="MeterState", shown=False),
    ),
    sieves=(
        text_in(Meter.number, Meter.serial, Room.number, Holder.name, title="表号、房号或企业"),
        building(Room.building_id),
        of_group(),
        of_model(),
        of_supply(),
        yes_or_no("frozen", "充值", lambda: Meter.frozen_reason.is_not(None), "已冻结", "正常"),
        word_of("state", "状态", Meter.state, MeterState),
    ),
    statement=_meters,
    order=("park", "building", "room", "number"),
    empty="没有符合条件的电表。",
    acts=(
        Act("meters/to-group", "加入电表组", "plus", Permission.CHANGE_ESTATE),
        Act("meters/to-template", "套用参数模板", "settings", Permission.SET_PARAMETERS),
    ),
)
hang(METERS)
