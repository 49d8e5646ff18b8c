"""What the end of a term refuses."""

from backend.kernel.errors import ProductError


class TermDaysUnfitError(ProductError):
    """The new term begins before the old one is over."""

    status = 422
    code = "term_days_unfit"
    zh = "新学期的第一天必须晚于本学期的最后一天。"
    en = "The new term must begin after the last day of the old one."


class TermStaleError(ProductError):
    """Somebody changed something between the look and the confirmation."""

    status = 409
    code = "term_stale"
    zh = "检查之后数据已有变化，请重新检查后再确认。"
    en = "Something changed since this was checked; please check it again and confirm then."
