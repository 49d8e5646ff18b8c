"""What payments refuse."""

from backend.kernel.errors import ProductError


class NoWayToPayError(ProductError):
    """No merchant account serves this app and park."""

    status = 503
    code = "no_way_to_pay"
    zh = "物业公司尚未开通此支付方式，请联系物业。"
    en = "The property company has not set up this way to pay; please ask them."


class IncompleteKeysError(ProductError):
    """A merchant file lacks keys."""

    status = 422
    code = "incomplete_keys"
    zh = "商户文件缺少 {missing}（{provider}）。"
    en = "The merchant file lacks {missing} ({provider})."
