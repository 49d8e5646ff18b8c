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


class WeakPasswordError(ProductError):
    """The password is too short, too long or easily guessed."""

    status = 422
    code = "weak_password"
    zh = "密码需为 {least} 至 {most} 个字符，不能是常见密码或包含用户名。"
    en = "A password has {least} to {most} characters, is no common one and does not contain the user name."


class SetupLinkInvalidError(ProductError):
    """The set-up link is unknown, used or too old."""

    status = 404
    code = "setup_link_invalid"
    zh = "设置链接无效、已使用或已过期，请向管理员索取新的链接。"
    en = "This set-up link is not valid, was used or has expired; please ask an administrator for a new one."


class CodeWrongError(ProductError):
    """The six digits do not fit the secret that was shown."""

    status = 422
    code = "code_wrong"
    zh = "验证码不正确，请确认手机时间准确后重试。"
    en = "The code is not right; check the telephone's clock and try again."


class LoginTakenError(ProductError):
    """Log-in names are unique in the installation."""

    status = 409
    code = "login_taken"
    zh = "用户名 {login} 已被使用。"
    en = "The user name {login} is taken."


class LoginUnfitError(ProductError):
    """Log-in names are 3 to 32 lower-case letters, digits, dots, hyphens and underscores."""

    status = 422
    code = "login_unfit"
    zh = "用户名为 3 至 32 位小写字母、数字、点、横线或下划线。"
    en = "A user name has 3 to 32 lower-case letters, digits, dots, hyphens or underscores."


class LastAdministratorError(ProductError):
    """Without this person nobody could manage the organisation."""

    status = 409
    code = "last_administrator"
    zh = "这是最后一位管理员，请先指定另一位。"
    en = "This is the last administrator; please appoint another one first."


class SamePersonError(ProductError):
    """Two persons must agree."""

    status = 403
    code = "same_person"
    zh = "不能审批自己发起的申请。"
    en = "You cannot decide what you asked for yourself."


class ApprovalClosedError(ProductError):
    """It was decided, used, withdrawn or has expired."""

    status = 409
    code = "approval_closed"
    zh = "此申请已处理或已过期。"
    en = "This request was decided before, or has expired."


class ApprovalMissingError(ProductError):
    """What is to be done was not approved as it is."""

    status = 409
    code = "approval_missing"
    zh = "没有与此操作完全一致且有效的审批。"
    en = "There is no valid approval for exactly this."
