"""What staff are told whose change of a parameter cannot be."""

from backend.kernel.errors import ProductError


class NothingToDoError(ProductError):
    """No meter would get anything."""

    status = 409
    code = "nothing_to_do"
    zh = "没有一只电表能设置这些参数。"
    en = "None of these meters can hold any of these parameters."


class ChangeStaleError(ProductError):
    """Meters or template changed since the preview."""

    status = 409
    code = "change_stale"
    zh = "预览后电表或模板已有变化，请重新预览。"
    en = "Meters or template changed since you looked; please look again."


class ChangeDoneError(ProductError):
    """It was carried out before."""

    status = 409
    code = "change_done"
    zh = "这次变更已经下发。"
    en = "This change was carried out before."


class InWritingError(ProductError):
    """An order to write it is with the meter."""

    status = 409
    code = "in_writing"
    zh = "正在写入，请等电表答复后再操作。"
    en = "It is being written; wait for the meter's answer."


class NothingWaitsError(ProductError):
    """There is no order to take back."""

    status = 409
    code = "nothing_waits"
    zh = "没有等待写入的变更。"
    en = "No change waits to be written."


class NothingWantedError(ProductError):
    """Nothing is wanted that could be written again."""

    status = 409
    code = "nothing_wanted"
    zh = "还没有设定要写入的值。"
    en = "No value is wanted yet."


class TemplateEmptyError(ProductError):
    """A template without values changes nothing."""

    status = 409
    code = "template_empty"
    zh = "模板里还没有参数，请先添加。"
    en = "This template holds no parameter yet; add one first."


class TooManyMetersError(ProductError):
    """More meters than one change takes."""

    status = 409
    code = "too_many_meters"
    zh = "一次最多 {most} 只电表，请缩小筛选范围。"
    en = "At most {most} meters at once; narrow the filter."


class MoneyParameterError(ProductError):
    """What costs money is changed by who may change prices."""

    status = 403
    code = "money_parameter"
    zh = "单价、时段和透支额度只能由有调价权限的人设置。"
    en = "Prices, schedules and overdraft are set by who may change prices."
