"""Sentences that are no refusals: why something waits, and what a field must be."""

from typing import Any

from backend.kernel.problem import reader
from backend.metering.lines.silence import Medium

SENTENCES: dict[str, tuple[str, str]] = {
    "waiting_for_payment": ("等待支付。", "Waiting for your payment."),
    "expired": ("订单已过期，请重新下单。", "The order has expired; please place a new one."),
    "on_the_way": ("已收到付款，正在充入电表。", "Paid, and on its way to the meter."),
    "checking": ("正在向电表核对充值结果。", "Asking the meter whether the credit has arrived."),
    "late": (
        "已收到付款，但电表尚未确认；电表恢复通讯后会自动充入，款项不会丢失，请勿重复支付。",
        "Paid, but not confirmed by the meter yet; it follows by itself once the meter answers. Do not pay again.",
    ),
    "held": (
        "已收到付款，充值结果需要物业人工核对；款项不会丢失，请勿重复支付。",
        "Paid; the property company has to check this one by hand. Your money is safe; please do not pay again.",
    ),
    "refused": (
        "已收到付款，但电表没有接受；物业将重新下发或退款。",
        "Paid, but the meter did not accept it; the property company will send it again or refund it.",
    ),
    "credited": ("已充入电表。", "Credited."),
    "supply_off": ("已到账，但表上读数显示仍未恢复供应，请联系物业。", "Credited, but the supply still reads as off."),
    "closed": ("订单已关闭，没有收款。", "The order was closed without payment."),
    "viewer_only": ("您只能查看，不能充值。", "You may look, but not top up."),
    "meter_frozen": ("此电表正在由物业核对，暂不能充值。", "The property company is checking this meter."),
    "not_sellable": ("此电表暂不能在线充值，请联系物业。", "This meter cannot be topped up online."),
    "missing": ("必填。", "Required."),
    "extra_forbidden": ("不认识的字段。", "Not a known field."),
    "bool_type": ("应为 true 或 false。", "Must be true or false."),
    "literal_error": ("应为 {expected} 之一。", "Must be one of {expected}."),
    "string_type": ("应为文本。", "Must be text."),
    "int_type": ("应为整数。", "Must be a whole number."),
    "int_parsing": ("应为整数。", "Must be a whole number."),
    "string_pattern_mismatch": ("格式不正确。", "Has the wrong form."),
    "string_too_short": ("至少 {min_length} 个字符。", "At least {min_length} characters."),
    "string_too_long": ("至多 {max_length} 个字符。", "At most {max_length} characters."),
    "greater_than_equal": ("不能小于 {ge}。", "Must not be less than {ge}."),
    "less_than_equal": ("不能大于 {le}。", "Must not be greater than {le}."),
    "model_type": ("应为 JSON 对象。", "Must be a JSON object."),
    "invalid": ("不正确。", "Not valid."),
    "invalid_content": ("提交的内容不合要求，请检查标出的各项。", "Please correct the fields that are named."),
}
# What is said of water meters instead.
OF_WATER: dict[str, tuple[str, str]] = {
    "on_the_way": ("已收到付款，正在充入水表。", "Paid, and on its way to the water meter."),
    "checking": ("正在向水表核对充值结果。", "Asking the water meter whether the credit has arrived."),
    "late": (
        "已收到付款，但水表尚未确认；水表恢复通讯后会自动充入，款项不会丢失，请勿重复支付。",
        "Paid, but not confirmed by the water meter yet; it follows by itself once that answers. Do not pay again.",
    ),
    "refused": (
        "已收到付款，但水表没有接受；物业将重新下发或退款。",
        "Paid, but the water meter did not accept it; the property company will send it again or refund it.",
    ),
    "credited": ("已充入水表。", "Credited."),
    "supply_off": ("已到账，但水表读数显示仍未供水，请联系物业。", "Credited, but the water still reads as shut off."),
    "meter_frozen": ("此水表正在由物业核对，暂不能充值。", "The property company is checking this water meter."),
    "not_sellable": ("此水表暂不能在线充值，请联系物业。", "This water meter cannot be topped up online."),
}


def say_of(key: str, medium: Medium) -> str:
    """Return a sentence about a meter of this medium in the reader's language."""
    zh, en = (OF_WATER if medium is Medium.WATER else SENTENCES).get(key, SENTENCES[key])
    return zh if reader() == "zh" else en


def say(key: str, facts: dict[str, Any] | None = None) -> str:
    """Return a sentence in the reader's language; an unknown key says only that something is not valid."""
    zh, en = SENTENCES.get(key, SENTENCES["invalid"])
    return (zh if reader() == "zh" else en).format(**(facts or {}))
