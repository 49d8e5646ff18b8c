"""What WeChat said no to."""

from backend.kernel.errors import ProductError


class WechatAppUnknownError(ProductError):
    """The application is not one of ours."""

    status = 404
    code = "wechat_app_unknown"
    zh = "此小程序或公众号未在系统中登记。"
    en = "This mini-program or official account is not registered here."


class WechatCodeRefusedError(ProductError):
    """WeChat does not know the log-in code, or it is too old."""

    status = 401
    code = "wechat_code_refused"
    zh = "微信登录凭证无效或已过期，请重新打开本页。"
    en = "WeChat does not accept this log-in code; please open this page again."


class WechatCodeUsedError(ProductError):
    """A log-in code is good once."""

    status = 401
    code = "wechat_code_used"
    zh = "微信登录凭证已使用过，请重新打开本页。"
    en = "This WeChat log-in code was used before; please open this page again."


class PhoneCodeStaleError(ProductError):
    """The code of the phone button is too old, was used before, or is none."""

    status = 422
    code = "phone_code_stale"
    zh = "手机号授权已过期或已使用，请重新点一次获取手机号，或手动填写。"
    en = "What the phone button told is too old or was used before; please tap it again, or type the number."


class WechatUserBlockedError(ProductError):
    """WeChat holds this user for dangerous."""

    status = 403
    code = "wechat_user_blocked"
    zh = "微信限制了此账号登录。"
    en = "WeChat does not let this account log in."


class WechatSnapshotError(ProductError):
    """WeChat shows the page to a nobody until the visitor asks for the whole service."""

    status = 403
    code = "wechat_snapshot"
    zh = "当前为微信快照页，请点击右下角“使用完整服务”后再操作。"
    en = "This is a snapshot page of WeChat; please tap “use full service” at the bottom first."


class H5StateRefusedError(ProductError):
    """The log-in was not begun by this browser, or too long ago."""

    status = 401
    code = "h5_state_refused"
    zh = "登录已超时或不是由本页发起，请重新打开本页。"
    en = "This log-in took too long or was not begun here; please open this page again."
