"""What staff are told when they may not."""

from backend.kernel.errors import ProductError


class LogInRefusedError(ProductError):
    """Log-in name, password and code do not belong together; which of them is wrong is not told."""

    status = 401
    code = "log_in_refused"
    zh = "用户名、密码或验证码不正确。"
    en = "The user name, the password or the code is not right."


class NotPermittedError(ProductError):
    """No role of this person allows it."""

    status = 403
    code = "not_permitted"
    zh = "您没有此操作的权限。"
    en = "Your role does not allow this."


class ProveAgainError(ProductError):
    """Dangerous: the password must have been told a moment ago."""

    status = 403
    code = "prove_again"
    zh = "此操作需要重新输入密码。"
    en = "Please enter your password again for this."


class LastAdministratorError(ProductError):
    """Without this person nobody could manage the organisation."""

    status = 409
    code = "last_administrator"
    zh = "这是最后一位管理员，请先指定另一位。"
    en = "This is the last administrator; please appoint another one first."
