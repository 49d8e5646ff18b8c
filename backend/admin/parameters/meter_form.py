"""The form of one parameter of one meter."""

from backend.admin.details.seeing_meters import MeterSight
from backend.admin.kit.labels import label
from backend.admin.kit.page import BASE, t
from backend.admin.parameters.asking import Asked
from backend.admin.parameters.shape import shape_of
from backend.metering.parameters.money import is_priced, needs_two
from backend.metering.parameters.seeing import ParameterSight
from backend.runtime import runtime


def asked_of(sight: MeterSight, one: ParameterSight) -> Asked:
    """Return the form, with what stands there now and what becomes of it."""
    meter, holder = sight.meter, sight.holder.name if sight.holder else t("空置")
    place = f"{sight.building.name} {sight.room.number}"
    told = [t("{place}（{holder}），电表 {meter}。", place=place, holder=holder, meter=meter.number)]
    if needs_two([one.code]):
        told.append(t("价格与时段的变更须另一人同意后才会下发。"))
    shape = shape_of(one.code, meter.credit_unit, runtime().profiles.get(meter.profile))
    above = (f"{BASE}/meters/{meter.id}#parameters", f"{t('电表')} {meter.number}")
    submit = t("提交两人审批") if needs_two([one.code]) else t("下发到电表")
    now = {"wanted": one.wanted, "actual": one.actual, "read_at": one.one.read_at if one.one else None}
    danger = is_priced([one.code])
    return Asked(shape, label(one.code), above, submit, tuple(told), danger, now=now)
