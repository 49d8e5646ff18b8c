"""What placing an order refuses."""

from backend.kernel.errors import ProductError
from backend.payments.models import Disposition


class AmountOutOfRangeError(ProductError):
    """Zero, negative, too small or too large."""

    status = 422
    code = "amount_out_of_range"
    zh = "充值金额须在 {least} 元至 {most} 元之间。"
    en = "The amount must be between ¥{least} and ¥{most}."


class AmountStepError(ProductError):
    """The meter takes credit in larger steps."""

    status = 422
    code = "amount_step"
    zh = "此电表的充值金额须为 {step} 元的整数倍。"
    en = "This meter takes amounts in steps of ¥{step}."


class TooManyOpenOrdersError(ProductError):
    """The user has as many unpaid orders as are allowed."""

    status = 409
    code = "too_many_open_orders"
    zh = "您有 {count} 笔未支付的订单，请先支付或等待其关闭。"
    en = "You have {count} unpaid orders; please pay one or wait until they close."


class OrderNotPayableError(ProductError):
    """Paid, closed or expired."""

    status = 409
    code = "order_not_payable"
    zh = "此订单已支付、已关闭或已过期，请重新下单。"
    en = "This order is paid, closed or expired; please place a new one."


class EarlierOrderPaidError(ProductError):
    """While closing an earlier order it turned out to be paid: paying again would be a mistake."""

    status = 409
    code = "earlier_order_paid"
    zh = "您的上一笔订单 {order_no} 已支付成功，正在充入电表，请勿重复支付。"
    en = "Your earlier order {order_no} is paid and on its way to the meter; please do not pay again."


class TapReusedError(ProductError):
    """The client used the key of one tap for another order."""

    status = 409
    code = "tap_reused"
    zh = "请求重复但内容不同，请返回重试。"
    en = "This request was sent before with other contents; please start again."


class CannotTopUpError(ProductError):
    """This meter cannot be sold credit now."""

    status = 409
    code = "cannot_top_up"
    zh = "此电表暂不能充值，请联系物业。"
    en = "This meter cannot be topped up just now; please ask the property company."


class UnfitReceiptError(Exception):
    """Authentic money that fits no order that waits for it."""

    def __init__(self, disposition: Disposition) -> None:
        super().__init__(disposition.value)
        self.disposition = disposition
