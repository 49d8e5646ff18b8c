"""What payments refuse."""

from backend.kernel.errors import ProductError


class NoWayToPayError(ProductError):
    """No merchant account serves this app and park."""

    status = 503
    code = "no_way_to_pay"
    zh = "物业公司尚未开通此支付方式，请联系物业。"
    en = "The property company has not set up this way to pay; please ask them."


class MerchantFileError(ProductError):
    """A merchant file that cannot be used."""

    status = 422
    code = "merchant_file"
    zh = "商户文件 {file} 无法使用：{why}。"
    en = "The merchant file {file} cannot be used: {why}."
