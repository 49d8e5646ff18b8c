"""Values of parameters in words, and why a meter cannot hold one."""

from collections.abc import Callable
from typing import Any

from backend.admin.kit.blueprint import blueprint
from backend.admin.kit.labels import WRITERS, named
from backend.admin.kit.language import t
from backend.admin.parameters.kinds import kind_of, measure_of
from backend.metering.parameters.unfit import OTHER_UNIT, PLATFORM_CREDIT, RETIRED, Unfit
from meter_bridge.protocol import CreditUnit, ParameterCode, ParameterFault, TariffPeriod

_F = ParameterFault
# What is wrong, with the facts that it names.
WHY: dict[str, str] = {
    _F.NOT_OFFERED.value: "这个型号没有此参数",
    _F.NO_NUMBER.value: "应为整数",
    _F.TOO_LOW.value: "不能小于 {least}",
    _F.TOO_HIGH.value: "不能大于 {most}",
    _F.BETWEEN_STEPS.value: "应为 {step} 的整数倍",
    _F.NO_PERIOD.value: "没有这个时段",
    _F.WRONG_PERIODS.value: "这个型号的时段是：{periods}",
    _F.WRONG_SHAPE.value: "内容不完整",
    _F.TOO_MANY_DAYS.value: "最多 {most} 个日时段表",
    _F.TOO_MANY_SLOTS.value: "最多 {most} 行",
    _F.LATE_START.value: "第一行应从 00:00 开始",
    _F.NOT_RISING.value: "{given} 应晚于上一行的 {before}",
    _F.NO_DATE.value: "{given} 不是日期",
    _F.NO_SCHEDULE.value: "没有第 {given} 个日时段表，这个型号有 {most} 个",
    PLATFORM_CREDIT: "余额在平台，表内的价格与额度不起作用",
    OTHER_UNIT: "这只表的额度单位不同（金额或电量）",
    RETIRED: "电表已停用",
}
# What ended an order that came to nothing.
NOTES = {
    "refused_by_meter": "电表拒绝写入",
    "locked": "挂有检修锁，没有写入；取下后重新下发",
    "superseded": "已被新的设定取代",
    "withdrawn": "已撤回",
    "not_able": "这个型号没有此参数",
    "no_profile": "表型文件缺失",
}
MEASURED = ("least", "most", "step")


def lines_of(code: ParameterCode, value: Any, unit: CreditUnit) -> list[str]:
    """Write a value, each part of it in a line of its own; nothing for none."""
    if value is None:
        return []
    match kind_of(code):
        case "prices":
            measure = measure_of(code, unit)
            named_prices = [(name.value, value[name.value]) for name in TariffPeriod if name.value in value]
            return [f"{period(name)} {t_unit(measure.written(price))}" for name, price in named_prices]
        case "schedules":
            return [_day(number, day) for number, day in enumerate(value, start=1)]
        case "plan":
            return [t("{date} 起用第 {n} 日表", date=f"{month:02}-{day:02}", n=number) for month, day, number in value]
        case _:
            return [_number(code, value, unit)]


def written(code: ParameterCode, value: Any, unit: CreditUnit) -> str:
    """Write a value in one line."""
    return "；".join(lines_of(code, value, unit))


def period(name: str) -> str:
    """Return what a tariff period is called."""
    return named("TariffPeriod", name)


def why_not(code: ParameterCode, unfit: Unfit, unit: CreditUnit) -> str:
    """Say why a meter cannot hold a value."""
    facts = {name: fact for name, fact in unfit.items() if name != "why"}
    if kind_of(code) in ("number", "prices"):
        measure = measure_of(code, unit)
        facts |= {name: t_unit(measure.written(int(facts[name]))) for name in MEASURED if name in facts}
    if "periods" in facts:
        facts["periods"] = "、".join(period(name) for name in str(facts["periods"]).split(", "))
    return t(WHY.get(str(unfit["why"]), str(unfit["why"])), **facts)


def noted(note: str) -> str:
    """Say why an order came to nothing; a bridge's own look at a value is told as parameter_ and its fault."""
    fault = note.removeprefix("parameter_")
    return named("ParameterFault", fault) if fault in set(ParameterFault) else t(NOTES.get(note, note))


def told_of(values: dict[str, Any]) -> str:
    """Write the values of an entry of the trail, or of a cell of a list, without their names."""
    unit = CreditUnit(values.get("unit", CreditUnit.MONEY))
    known = [(ParameterCode(code), value) for code, value in values.items() if code in set(ParameterCode)]
    return "；".join(written(code, value, unit) for code, value in known)


def t_unit(text: str) -> str:
    """Say a number with its unit in the reader's language."""
    number, _, unit = text.partition(" ")
    return f"{number} {t(unit) if not unit.isascii() else unit}".rstrip()


def _number(code: ParameterCode, value: Any, unit: CreditUnit) -> str:
    return t_unit(measure_of(code, unit).written(value))


def _day(number: int, slots: list[list[Any]]) -> str:
    told = " · ".join(f"{minute // 60:02}:{minute % 60:02} {period(name)}" for minute, name in slots)
    return t("第 {n} 日表：{slots}", n=number, slots=told)


def _told(values: dict[str, Any]) -> str:
    """Write what an entry of the trail or a request for approval tells of parameters."""
    unit = CreditUnit(values.get("unit", CreditUnit.MONEY))
    told = {ParameterCode(code): value for code, value in values.items() if code in set(ParameterCode)}
    return "；".join(f"{named('ParameterCode', code)} {written(code, value, unit)}" for code, value in told.items())


WRITERS["parameters"], WRITERS["parameter"] = _told, told_of


def lines_by(word: str, value: Any, unit: CreditUnit) -> list[str]:
    """Write a value as `lines_of` does, by the word of its code."""
    return lines_of(ParameterCode(word), value, unit)


@blueprint.context_processor
def _words() -> dict[str, Callable[..., object]]:
    return {"lines_by": lines_by, "lines_of": lines_of, "written": written, "why_not": why_not, "noted": noted}
