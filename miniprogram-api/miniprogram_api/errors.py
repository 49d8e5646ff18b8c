"""What WeChat said no to."""

from backend.kernel.errors import ProductError


class WechatAppUnknownError(ProductError):
    """The application is not one of ours."""

    status = 404
    code = "wechat_app_unknown"
    zh = "此小程序未在系统中登记。"
    en = "This mini-program is not registered here."


class WechatCodeRefusedError(ProductError):
    """WeChat does not know the log-in code, or it is too old."""

    status = 401
    code = "wechat_code_refused"
    zh = "微信登录凭证无效或已过期，请重新打开小程序。"
    en = "WeChat does not accept this log-in code; please open the mini-program again."


class WechatCodeUsedError(ProductError):
    """A log-in code is good once."""

    status = 401
    code = "wechat_code_used"
    zh = "微信登录凭证已使用过，请重新打开小程序。"
    en = "This WeChat log-in code was used before; please open the mini-program again."


class WechatUserBlockedError(ProductError):
    """WeChat holds this user for dangerous."""

    status = 403
    code = "wechat_user_blocked"
    zh = "微信限制了此账号登录。"
    en = "WeChat does not let this account log in."
