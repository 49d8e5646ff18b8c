"""WeChat Pay v3 in direct mode, over HTTP."""

from typing import Any

from flask import Blueprint, Response, request

from sandbox import bills, orders, refunds
from sandbox.authorization import check_authorization
from sandbox.refusals import PayRefusal, param_error
from sandbox.signing import compact, signature_headers, spoil
from sandbox.switches import failure_for, strikes, take
from sandbox.world import World

JSON = "application/json; charset=utf-8"


def wechat_pay(world: World) -> Blueprint:
    """Return the routes under /v3."""
    pages = Blueprint("wechat_pay", __name__, url_prefix="/v3")
    pages.before_request(lambda: _meet(world))
    pages.after_request(lambda response: _lose(world, response))
    pages.register_error_handler(PayRefusal, lambda refusal: refuse(world, refusal))
    _add_orders(pages, world)
    _add_refunds(pages, world)
    _add_bills(pages, world)
    return pages


def answer(world: World, told: dict[str, Any] | None) -> Response:
    """Sign an answer with the platform key; None is an empty 204."""
    body = "" if told is None else compact(told)
    keys = world.keys
    headers = signature_headers(keys.platform, keys.public_key_id, int(world.clock()), world.text(32), body)
    if strikes(world, "probe_responses"):
        headers = spoil(headers)
    response = Response(body, 204 if told is None else 200, {**headers, "Request-ID": world.text(32)})
    if told is not None:
        response.content_type = JSON
    return response


def refuse(world: World, refusal: PayRefusal) -> Response:
    """Answer a refusal, which WeChat Pay does not sign."""
    body = compact({"code": refusal.code, "message": refusal.message})
    return Response(body, refusal.status, {"Request-ID": world.text(32)}, content_type=JSON)


def _meet(world: World) -> None:
    failure = failure_for(world, request.path)
    if failure:
        raise PayRefusal(failure.fail_status, failure.fail_code, "沙箱按开关返回的错误")
    check_authorization(world, request)


def _lose(world: World, response: Response) -> Response:
    return Response("", 502) if take(world, "lose_next") else response


def _body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise param_error("请求体须为JSON对象")
    return body


def _add_orders(pages: Blueprint, world: World) -> None:
    @pages.post("/pay/transactions/jsapi")
    def place_jsapi() -> Response:
        return answer(world, dict(orders.place(world, "JSAPI", _body())))

    @pages.post("/pay/transactions/native")
    def place_native() -> Response:
        return answer(world, dict(orders.place(world, "NATIVE", _body())))

    @pages.get("/pay/transactions/out-trade-no/<out_trade_no>")
    def query_by_number(out_trade_no: str) -> Response:
        orders.check_merchant(world, request.args.get("mchid"))
        return answer(world, orders.query_order(world, out_trade_no))

    @pages.get("/pay/transactions/id/<transaction_id>")
    def query_by_transaction(transaction_id: str) -> Response:
        orders.check_merchant(world, request.args.get("mchid"))
        return answer(world, orders.query_transaction(world, transaction_id))

    @pages.post("/pay/transactions/out-trade-no/<out_trade_no>/close")
    def close(out_trade_no: str) -> Response:
        orders.check_merchant(world, _body().get("mchid"))
        orders.close(world, out_trade_no)
        return answer(world, None)


def _add_refunds(pages: Blueprint, world: World) -> None:
    @pages.post("/refund/domestic/refunds")
    def request_refund() -> Response:
        return answer(world, refunds.request_refund(world, _body()))

    @pages.get("/refund/domestic/refunds/<out_refund_no>")
    def query_refund(out_refund_no: str) -> Response:
        return answer(world, refunds.query_refund(world, out_refund_no))


def _add_bills(pages: Blueprint, world: World) -> None:
    @pages.get("/bill/tradebill")
    def trade_bill() -> Response:
        return answer(world, dict(bills.order_bill(world, "trade", request.args.to_dict(), request.host_url[:-1])))

    @pages.get("/bill/fundflowbill")
    def flow_bill() -> Response:
        return answer(world, dict(bills.order_bill(world, "fundflow", request.args.to_dict(), request.host_url[:-1])))

    @pages.get("/billdownload/file")
    def download() -> Response:
        gzipped = request.args.get("tartype") == "gzip"
        content = bills.download(world, request.args.get("token", ""), gzipped=gzipped)
        return Response(content, content_type="application/x-gzip" if gzipped else "text/plain; charset=utf-8")
