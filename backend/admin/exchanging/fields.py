"""What the exchange of a meter asks for."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.admin.exchanging.photos import photo_of
from backend.admin.forms.field import Field
from backend.importing.cells import CellError, signed_fen, whole
from backend.metering.models import Meter
from meter_bridge.profile import Profile
from meter_bridge.protocol import CreditUnit, MoneyCapability

OLD, NEW = "旧表", "新表"
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
    return (*old, Field("photo", "旧表显示的照片", **taken, hint=hint), *_new(meter, lines, profiles))


def _new(meter: Meter, lines: Sequence[tuple[str, str]], profiles: Mapping[str, Profile]) -> tuple[Field, ...]:
    codes = [(code, f"{code} · {profile.title}") for code, profile in sorted(profiles.items())]
    choice: dict[str, Any] = {"kind": "choice", "group": NEW}
    return (
        Field("number", "表号", group=NEW, hint="印在表面上，租户扫码用的编号。", longest=40),
        Field("serial", "出厂编号", group=NEW, hint="表内存储的编号：抄到的与此不符时，充值会冻结。", longest=40),
        Field("unit", "总线地址", read=whole(1, 247), group=NEW, value=str(meter.unit)),
        Field("line", "线路", **choice, choices=lines, read=_one_of(lines), value=str(meter.line_id)),
        Field("profile", "表型", **choice, choices=codes, read=_one_of(codes), value=meter.profile),
        Field("reason", "换表原因（会永久保存）", group=NEW, longest=200),
    )


def _one_of(choices: Sequence[tuple[str, str]]) -> Any:
    def read(told: str) -> str:
        if told not in dict(choices):
            raise CellError("请选择", "please choose")
        return told

    return read
