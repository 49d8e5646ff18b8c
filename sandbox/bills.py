"""Trade and fund-flow bills: yuan behind a backquote, columns by name, two lines of totals."""

import gzip
import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.clock import bill_ready_at, bill_time, day_of
from sandbox.records import BillFile, Order, Payment, Refund
from sandbox.refusals import PayRefusal, param_error
from sandbox.switches import read_switches
from sandbox.world import World

TRADE_COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
TRADE_TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FLOW_COLUMNS = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FLOW_TOTALS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
LINK_LIVES = 300
Flow = tuple[float, str, str, int, str, str]


def order_bill(world: World, kind: str, arguments: dict[str, str], origin: str) -> dict[str, str]:
    """Write the bill of a day (kind trade or fundflow) and return its hash and short-lived link."""
    day = _day(world, arguments.get("bill_date", ""))
    gzipped = arguments.get("tar_type", "") == "GZIP"
    text = trade_bill(world, day, arguments.get("bill_type", "ALL")) if kind == "trade" else flow_bill(world, day)
    file = world.books.bill_files.put(BillFile(world.text(32), text, world.clock() + LINK_LIVES))
    return {
        "hash_type": "SHA1",
        "hash_value": hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
        "download_url": f"{origin}/v3/billdownload/file?token={file.token}" + ("&tartype=gzip" if gzipped else ""),
    }


def download(world: World, token: str, *, gzipped: bool) -> bytes:
    """Return the bill behind a link."""
    file = world.books.bill_files.get(token)
    if file is None or world.clock() > file.valid_until:
        raise PayRefusal(400, "INVALID_REQUEST", "账单下载地址无效或已过期")
    return gzip.compress(file.text.encode(), mtime=0) if gzipped else file.text.encode()


def trade_bill(world: World, day: date, bill_type: str) -> str:
    """Write the payments and refunds of a day."""
    paid = [p for p in world.books.payments.all() if day_of(p.paid_at) == day and bill_type != "REFUND"]
    refunds = [r for r in world.books.refunds.all() if day_of(r.created_at) == day and bill_type != "SUCCESS"]
    rows = [_paid_row(_order(world, payment), payment) for payment in paid]
    for refund in refunds:
        payment = world.books.payments.get(refund.transaction_id)
        if payment:
            rows.append(_refund_row(_order(world, payment), payment, refund))
    _refuse_empty(rows)
    total, back = sum(p.amount for p in paid), sum(r.amount for r in refunds)
    fees = sum(p.fee for p in paid) - sum(r.fee_returned for r in refunds)
    totals = [len(rows), yuan(total), yuan(back), "0.00", fee(fees), yuan(total), yuan(back)]
    return _file(TRADE_COLUMNS, rows, TRADE_TOTALS, totals)


def flow_bill(world: World, day: date) -> str:
    """Write every movement of the merchant's account on a day, with its balance."""
    balance = 0
    rows: list[list[Any]] = []
    ins: list[int] = []
    outs: list[int] = []
    for at, number, name, amount, remark, voucher in sorted(_flows(world)):
        balance += amount
        if day_of(at) == day:
            (ins if amount > 0 else outs).append(abs(amount))
            way = "收入" if amount > 0 else "支出"
            flow_no = f"{world.keys.mchid}{hashlib.sha256(f'{number}{name}'.encode()).hexdigest()[:18]}"
            moved = (way, yuan(abs(amount)), yuan(balance))
            rows.append([bill_time(at), number, flow_no, name, name, *moved, "system", remark, voucher])
    _refuse_empty(rows)
    totals = [f"{len(rows)}.0", f"{len(ins)}.0", yuan(sum(ins)), f"{len(outs)}.0", yuan(sum(outs))]
    return _file(FLOW_COLUMNS, rows, FLOW_TOTALS, totals)


def yuan(fen: int) -> str:
    """Write fen as yuan with two places."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fee(fen: int) -> str:
    """Write a fee in fen as bills do, with five places."""
    return yuan(fen) + "000"


def _flows(world: World) -> Iterable[Flow]:
    for payment in world.books.payments.all():
        number = payment.transaction_id
        yield payment.paid_at, number, "交易", payment.amount, "", payment.out_trade_no
        if payment.fee:
            remark = f"结算总金额{yuan(payment.amount)}元"
            yield payment.paid_at, number, "扣除交易手续费", -payment.fee, remark, payment.out_trade_no
    for refund in world.books.refunds.all():
        if refund.outcome != "CLOSED":
            remark = f"退款总金额{yuan(refund.amount)}元;含手续费{yuan(refund.fee_returned)}元"
            net = refund.amount - refund.fee_returned
            yield refund.created_at, refund.refund_id, "退款", -net, remark, refund.out_refund_no


def _paid_row(order: Order, payment: Payment) -> list[object]:
    amount = yuan(payment.amount)
    return [
        *_head(bill_time(payment.paid_at), order, payment, "SUCCESS"),
        *(amount, "0.00", "0", "0", "0.00", "0.00", "", "", order.description, order.attach),
        *(fee(payment.fee), "0.60%", amount, "0.00", ""),
    ]


def _refund_row(order: Order, payment: Payment, refund: Refund) -> list[object]:
    back = yuan(refund.amount)
    return [
        *_head(bill_time(refund.created_at), order, payment, "REFUND"),
        *("0.00", "0.00", refund.refund_id, refund.out_refund_no, back, "0.00", "ORIGINAL", refund.outcome),
        *(order.description, order.attach, fee(-refund.fee_returned), "0.60%", "0.00", back, ""),
    ]


def _head(at: str, order: Order, payment: Payment, state: str) -> list[object]:
    whose = [at, payment.appid, payment.mchid, "0", "", payment.transaction_id, payment.out_trade_no, payment.openid]
    return [*whose, order.trade_type, state, "OTHERS", "CNY"]


def _order(world: World, payment: Payment) -> Order:
    order = world.books.orders.get(payment.out_trade_no)
    if order is None:
        raise LookupError(payment.out_trade_no)
    return order


def _file(columns: str, rows: list[list[Any]], totals_columns: str, totals: list[Any]) -> str:
    lines = [columns, *(_line(row) for row in rows), totals_columns, _line(totals)]
    return "\ufeff" + "".join(f"{line}\r\n" for line in lines)


def _line(values: list[Any]) -> str:
    return ",".join("`" + str(value).replace(",", " ").replace("\n", " ") for value in values)


def _day(world: World, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise param_error("bill_date须为yyyy-MM-dd") from error
    if not read_switches(world).bills_at_once:
        if day >= day_of(world.clock()):
            raise param_error("bill_date须早于今天")
        if world.clock() < bill_ready_at(day):
            raise PayRefusal(400, "STATEMENT_CREATING", "账单生成中，请10点以后再试")
    return day


def _refuse_empty(rows: list[list[Any]]) -> None:
    if not rows:
        raise PayRefusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
