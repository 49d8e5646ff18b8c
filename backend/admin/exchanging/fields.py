"""What the exchange of a meter asks for."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.admin.exchanging.photos import photo_of
from backend.admin.forms.field import Field, chosen_from
from backend.importing.cells import CellError, signed_fen, whole
from backend.metering.field.meter_details import MeterDetails
from backend.metering.models import Meter
from meter_bridge.profile import Profile
from meter_bridge.protocol import MOST_RATIO, CreditUnit, MoneyCapability

OLD, NEW = "旧表", "新表"
MOST_CIRCUITS = 99
CIRCUIT_HINT = "多回路电表箱的第几路；其他表填 1。"
REASON = Field("reason", "换表原因（会永久保存）", group=NEW, longest=200)
MOST_KWH = 100_000_000
PICTURES = "image/jpeg,image/png,image/webp"


def watt_hours(told: str) -> int:
    """Read kilowatt-hours with at most three decimals."""
    try:
        exact = Decimal(told.replace(",", "")) * 1000
    except InvalidOperation:
        raise CellError("应为数字（kWh）", "a number of kWh is needed") from None
    if not exact.is_finite() or exact != exact.to_integral_value() or abs(exact) > MOST_KWH * 1000:
        raise CellError("应为数字（kWh），最多三位小数", "a number of kWh with three decimals at most")
    return int(exact)


def register(told: str) -> int:
    """Read an energy register, which is never below 0."""
    energy_wh = watt_hours(told)
    if energy_wh < 0:
        raise CellError("示数不会小于 0", "a register is never below 0")
    return energy_wh


def fields_of(
    meter: Meter, *, lines: Sequence[tuple[str, str]], profiles: Mapping[str, Profile], read: bool
) -> tuple[Field, ...]:
    """Return the fields for exchanging this meter; read: what it shows was read just now, so it need not be typed."""
    own: dict[str, Any] = {"group": OLD, "required": not read, "nothing": None}
    old = [Field("energy", "电能示数（kWh）", read=register, **own)]
    if meter.capability is not MoneyCapability.PLATFORM_WALLET:
        in_energy = meter.credit_unit is CreditUnit.ENERGY
        title, reader = ("剩余电量（kWh）", watt_hours) if in_energy else ("剩余金额（元）", signed_fen)
        old.append(Field("credit", title, read=reader, **own))
    if meter.capability is MoneyCapability.COUNTER_CAS:
        old.append(Field("count", "购电次数", read=whole(0, 10**6), **own))
    taken: dict[str, Any] = {"kind": "file", "accept": PICTURES, "read": photo_of, "group": OLD}
    hint = "拍清显示屏上的示数。填写有误时请重新拍照。"
    return (
        *old,
        Field("photo", "旧表显示的照片", **taken, hint=hint),
        *new_fields(lines, profiles, before=meter, group=NEW),
        REASON,
    )


def details_of(told: Mapping[str, Any]) -> MeterDetails:
    """Return what was typed of a meter's circuit and transformers."""
    return MeterDetails(told["circuit"], told["ct_ratio"], told["pt_ratio"])


def profile_field(value: str, profiles: Mapping[str, Profile], *, group: str = "") -> Field:
    """Return the field for the model of a meter."""
    codes = [(code, f"{code} · {profile.title}") for code, profile in sorted(profiles.items())]
    return Field("profile", "表型", "choice", choices=codes, read=chosen_from(codes), value=value, group=group)


def ratio_fields(ct_ratio: int = 1, pt_ratio: int = 1, *, group: str = "") -> tuple[Field, ...]:
    """Return the fields for the transformers before a meter."""
    own: dict[str, Any] = {"group": group, "read": whole(1, MOST_RATIO), "longest": 5}
    hint = "电流互感器变比，如 200/5 A 填 40；直接接入填 1。"
    return (
        Field("ct_ratio", "电流倍率 CT", value=str(ct_ratio), hint=hint, **own),
        Field("pt_ratio", "电压倍率 PT", value=str(pt_ratio), hint="电压互感器变比；低压直接接入填 1。", **own),
    )


def new_fields(
    lines: Sequence[tuple[str, str]],
    profiles: Mapping[str, Profile],
    *,
    before: Meter | None = None,
    group: str = "",
) -> tuple[Field, ...]:
    """Return the fields for a meter that is hung; before: the one that hung there, whose place it takes."""
    choice: dict[str, Any] = {"kind": "choice", "group": group}
    unit, circuit = (str(before.unit), str(before.circuit)) if before else ("", "1")
    line, profile = (str(before.line_id), before.profile) if before else ("", "")
    ratios = (before.ct_ratio, before.pt_ratio) if before else (1, 1)
    return (
        Field("number", "表号", group=group, hint="印在表面上，租户扫码用的编号。", longest=40),
        Field("serial", "出厂编号", group=group, hint="表内存储的编号：抄到的与此不符时，充值会冻结。", longest=40),
        Field("unit", "总线地址", read=whole(1, 247), group=group, value=unit),
        Field("circuit", "回路", read=whole(1, MOST_CIRCUITS), group=group, value=circuit, hint=CIRCUIT_HINT),
        Field("line", "线路", **choice, choices=lines, read=chosen_from(lines), value=line),
        profile_field(profile, profiles, group=group),
        *ratio_fields(*ratios, group=group),
    )
