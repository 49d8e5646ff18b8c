"""What each page makes of what the server tells: order, sums, pages of a list, what is not known."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PickUp

API = "**/api/mp/v1"
PERSON = "faults"
# How many of the canvas's points bear the colour of a bar.
PAINTED = """canvas => { const { width, height } = canvas
    const points = canvas.getContext('2d').getImageData(0, 0, width, height).data
    let painted = 0
    const blue = i => points[i] < 60 && points[i + 2] > 180 && points[i + 3] > 200
    for (let i = 0; i < points.length; i += 4) painted += blue(i)
    return painted / (width * height) }"""


def meter_told(number: int, **more: Any) -> dict[str, Any]:
    """Return a meter as the server tells it."""
    return {
        "reference": str(number) * 26,
        "number": f"D{number}",
        "medium": "electricity",
        "room": f"房间{number}",
        "holder": 1,
        "holder_name": "小满花艺",
        "role": "owner",
        "credit_fen": 10_000,
        "remaining_energy_wh": None,
        "credit_source": "meter",
        "supply": "closed",
        "read_at": "2026-03-01T04:00:00Z",
        "age_seconds": 5,
        "gateway_answers": True,
        "can_top_up": True,
        "why_not": None,
        "why_not_text": None,
        "usage": None,
        **more,
    }


@pytest.mark.essential
def test_home_shows_first_who_needs_it_most_and_says_why(phones: PickUp) -> None:
    phone = phones(PERSON)
    meters = [
        meter_told(1),
        meter_told(2, gateway_answers=False, age_seconds=7300),
        meter_told(3, credit_fen=1_999),
        meter_told(4, credit_fen=-1),
        meter_told(5, credit_fen=0, supply="open"),
        meter_told(6, credit_fen=None, remaining_energy_wh=123_456, supply=None),
    ]
    phone.page.route(f"{API}/meters", lambda route: route.fulfill(json={"meters": meters}))
    phone.open()
    phone.sees("房间5")
    assert phone.screen.locator(".room").all_inner_texts() == [f"房间{n}" for n in (5, 4, 3, 2, 1, 6)]
    for said in ("已断电", "已欠费", "余额偏低", "暂时联系不上电表", "供电中", "供电状态未知", "123.4 kWh", "¥-0.01"):
        phone.sees(said)
    phone.sees("余额不足，供电已断开；充值到账后恢复供电。")


@pytest.mark.essential
def test_a_meter_shows_its_days_and_what_they_come_to(phones: PickUp) -> None:
    phone = phones(PERSON)
    days = [{"date": f"2026-03-{day:02}", "used": None if day < 11 else 1_000 * day} for day in range(1, 31)]
    told = meter_told(1, usage={"unit": "wh", "days": days, "total": 410_000})
    phone.page.route(f"{API}/meters/*", lambda route: route.fulfill(json=told))
    phone.open(f"pages/meter/meter?reference={'1' * 26}")
    for said in ("100.00", "刚刚读取", "共 410.0 度", "日均 20.0 度", "最高 30.0 度", "房间1", "D1", "管理员"):
        phone.sees(said)
    chart = phone.screen.get_by_role("img")
    expect(chart).to_have_attribute("aria-label", "近 30 天用电柱状图，共 410.0 度，日均 20.0 度，最高一天 30.0 度")
    share = chart.locator("canvas").evaluate(PAINTED)
    assert 0.2 < share < 0.5  # twenty of thirty bars, of 64 % of their width, the last as high as the canvas lets it


def test_a_meter_of_which_nothing_is_known_yet_says_so(phones: PickUp) -> None:
    phone = phones(PERSON)
    told = meter_told(1, usage={"unit": "wh", "days": [], "total": None})
    phone.page.route(f"{API}/meters/*", lambda route: route.fulfill(json=told))
    phone.open(f"pages/meter/meter?reference={'1' * 26}")
    phone.sees("还没有用电记录")
    phone.sees("100.00")
    phone.tap("充值")
    phone.page.wait_for_url(f"**/top-up?reference={'1' * 26}")


@pytest.mark.parametrize(
    "page",
    [
        *("start", "meter?reference=0", "top-up?reference=0", "order?order_no=0", "orders", "messages", "settings"),
        *("apply", "members", "member?number=0"),
    ],
)
def test_a_page_gets_what_it_shows_in_one_request(phones: PickUp, page: str) -> None:
    phone = phones(PERSON)
    phone.expected.append("404")
    phone.open()  # logs in, and asks for the settings of the program
    phone.screen.get_by_role("button").first.wait_for()
    phone.page.goto("about:blank")
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url) if "/api/mp/v1/" in request.url else None)
    phone.open(f"pages/{page.partition('?')[0]}/{page}")
    phone.screen.locator(".screen").wait_for()
    expect(phone.screen.locator(".dy-state--ring")).to_have_count(0)
    phone.page.wait_for_timeout(500)
    told = [url.partition("/api/mp/v1")[2].partition("?")[0] for url in asked]
    assert [path for path in told if path != "/settings"] == [_path_of(page)]


def _path_of(page: str) -> str:
    name, _, named = page.partition("?")
    own = {"start": "/meters", "settings": "/me", "order": "/orders/0", "apply": "/registrations"}
    own |= {"members": "/me/holder", "member": "/me/holder"}
    return own.get(name, "/meters/0" if named else f"/{name}")


def _listed(number: int, page: str) -> dict[str, Any]:
    if page == "messages":
        return {
            "id": number,
            "kind": "credited",
            "title": f"第{number}条",
            "text": "…",
            "at": "2026-03-01T04:00:00Z",
            "read": True,
            "order_no": None,
        }
    return {
        "order_no": f"{number:024}",
        "amount_fen": number,
        "room": f"第{number}条",
        "placed_at": "2026-03-01T04:00:00Z",
        "message": "credited",
        "timeline": [],
    }


@pytest.mark.parametrize(
    ("page", "items", "cursor"), [("orders", "orders", "next_cursor"), ("messages", "items", "next")]
)
def test_a_long_list_goes_on_where_it_is_scrolled_to_its_end(
    phones: PickUp, page: str, items: str, cursor: str
) -> None:
    phone = phones(PERSON)
    asked: list[str] = []

    def tell(route: Route) -> None:
        after = parse_qs(urlsplit(route.request.url).query).get("cursor", ["0"])[0]
        asked.append(after)
        rows = [_listed(int(after) + n, page) for n in range(1, 21)]
        route.fulfill(json={items: rows, cursor: int(after) + 20 if after != "40" else None, "unread": 0})

    phone.page.route(f"{API}/{page}?*", tell)
    phone.open(f"pages/{page}/{page}")
    for last in (20, 40, 60):
        phone.screen.get_by_text(f"第{last}条", exact=True).scroll_into_view_if_needed()
        phone.screen.locator(".wx-scroll").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    phone.sees("没有更多了")
    assert asked == ["0", "20", "40"]
    assert phone.screen.get_by_text("第1条", exact=True).count() == 1


def test_a_list_that_could_not_go_on_tries_again_when_it_is_scrolled_again(phones: PickUp) -> None:
    phone = phones(PERSON)
    phone.expected.append("ERR_FAILED")
    lost: list[str] = []

    def tell(route: Route) -> None:
        after = parse_qs(urlsplit(route.request.url).query).get("cursor", ["0"])[0]
        if after == "20" and not lost:
            lost.append(after)
            return route.abort()
        rows = [_listed(int(after) + n, "orders") for n in range(1, 21)]
        return route.fulfill(json={"orders": rows, "next_cursor": "20" if after == "0" else None})

    phone.page.route(f"{API}/orders?*", tell)
    phone.open("pages/orders/orders")
    phone.sees("第20条")
    box = phone.screen.locator(".wx-scroll")
    box.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(phone.page.get_by_role("status")).to_have_text("网络不通")
    box.evaluate("box => box.scrollTo(0, 0)")
    phone.page.wait_for_timeout(200)
    box.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    phone.sees("没有更多了")
    expect(phone.screen.locator(".order")).to_have_count(40)
