"""What people are told when they may not."""

from backend.kernel.errors import ProductError


class InviteUnknownError(ProductError):
    """No invite of this organisation has the code."""

    status = 404
    code = "invite_unknown"
    zh = "邀请码不正确，请核对后再输入。"
    en = "This invite code is not known; please check it."


class InviteUsedError(ProductError):
    """Somebody bound themselves with the code before."""

    status = 409
    code = "invite_used"
    zh = "邀请码已被使用，请向管理员要一个新的。"
    en = "This invite code was used already; please ask for a new one."


class InviteExpiredError(ProductError):
    """The code was good once."""

    status = 409
    code = "invite_expired"
    zh = "邀请码已过期，请向管理员要一个新的。"
    en = "This invite code has expired; please ask for a new one."


class RoleTooLowError(ProductError):
    """The user is bound, but not for this."""

    status = 403
    code = "role_too_low"
    zh = "您的权限不够，请联系企业的管理员。"
    en = "Your role does not allow this; please ask an owner of the enterprise."


class TooManyAttemptsError(ProductError):
    """Too many failures in a row; the fact retry_after says for how many seconds to wait."""

    status = 429
    code = "too_many_attempts"
    zh = "尝试次数过多，请在 {retry_after} 秒后再试。"
    en = "Too many attempts; please try again in {retry_after} seconds."
