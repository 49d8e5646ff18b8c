"""What somebody is told who sets an account up."""

from backend.kernel.errors import ProductError


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
