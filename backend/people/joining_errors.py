"""What applicants and members are told when it cannot be."""

from backend.kernel.errors import ProductError


class RegistrationWaitingError(ProductError):
    """The user applied before, and nobody has decided yet."""

    status = 409
    code = "registration_waiting"
    zh = "您已提交过申请，请等待物业审核。"
    en = "You have applied before; please wait for the property company."


class RegistrationClosedError(ProductError):
    """The application was decided or withdrawn."""

    status = 409
    code = "registration_closed"
    zh = "此申请已处理。"
    en = "This application was decided before."


class ReasonMissingError(ProductError):
    """Who is refused is told why."""

    status = 422
    code = "reason_missing"
    zh = "请填写拒绝原因，申请人会看到。"
    en = "Please give a reason; the applicant will see it."


class LastOwnerError(ProductError):
    """Somebody must be able to invite and remove others."""

    status = 409
    code = "last_owner"
    zh = "这是最后一位管理员，请先移交管理员身份。"
    en = "This is the last owner; please hand ownership over first."


class OverMonthlyLimitError(ProductError):
    """The owner allows this payer so much in a calendar month; left is what is left of it, in yuan."""

    status = 409
    code = "over_monthly_limit"
    zh = "超出本月充值限额，本月还可充值 {left} 元。"
    en = "This is more than your monthly limit; {left} yuan are left this month."
