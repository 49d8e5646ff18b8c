"""How it looks: every page at three widths, light and dark, plain and large, in both languages."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PickUp
from tests.browser.phone import Phone

PERSON = "looks"
CHINESE = re.compile(r"[\u3400-\u9fff]")
NAMES = ("锦程科技园", "物业服务中心第一办公室", "座", "层", "中文")  # data of the park, and the name of a language
WIDER = """() => [...document.querySelectorAll('.wx-layer:not([hidden]) *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
    .map(e => e.tagName + '.' + e.className)"""
# Contrast of every text against what lies behind it, as WCAG 2.2 reckons it.
FAINT = """() => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number)
    const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0)
    const behind = e => { for (; e; e = e.parentElement) {
        const c = parts(getComputedStyle(e).backgroundColor)
        if (c.length < 4 || c[3] > .9) return c
    } return [255, 255, 255] }
    const told = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
    const shown = e => e.offsetParent && !e.closest('[aria-hidden], [aria-disabled=true], .none')
    const all = [...document.querySelectorAll('.wx-layer:not([hidden]) wx-page *')]
    return all.filter(e => told(e) && shown(e)).filter(e => {
        const [a, b] = [light(parts(getComputedStyle(e).color)), light(behind(e))]
        return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5
    }).map(e => e.className + ': ' + e.textContent)
}"""
SET = """async ([language, large]) => {
    const token = JSON.parse(localStorage.getItem('dianyuan:looks:token'))
    const body = JSON.stringify({ language, large_text: large, low_credit_threshold_fen: null })
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    return (await fetch('/api/mp/v1/settings', { method: 'PUT', headers, body })).status
}"""

MYSELF = """async () => {
    const headers = { Authorization: `Bearer ${JSON.parse(localStorage.getItem('dianyuan:looks:token'))}` }
    return (await (await fetch('/api/mp/v1/me/holder', { headers })).json()).members[0].member
}"""


def _begin(phones: PickUp, language: str, *, large: bool, **how: object) -> tuple[Phone, list[str]]:
    """Return a telephone with its settings made, and the pages to look at."""
    phone = phones(PERSON, **how)
    phone.expected.append("409")  # its invite was used by the first of these stories
    phone.open("pages/bind/bind")
    phone.screen.get_by_role("textbox").fill(phone.stage.seeded.invites[PERSON])
    phone.tap("绑定")
    phone.screen.locator(".notice, dy-state").first.wait_for()
    assert phone.page.evaluate(SET, [language, large]) == 200
    phone.page.evaluate("localStorage.removeItem('dianyuan:looks:preferences')")
    phone.open()
    phone.screen.locator(".about").wait_for()
    phone.screen.locator(".about").tap()
    phone.screen.locator("dy-chart, .quiet").first.wait_for()
    return phone, _pages(phone.page.url.partition("reference=")[2], phone.page.evaluate(MYSELF))


def _pages(meter: str, member: int) -> list[str]:
    return [
        "start/start",
        f"meter/meter?reference={meter}",
        f"top-up/top-up?reference={meter}",
        "orders/orders",
        "messages/messages",
        "settings/settings",
        "bind/bind",
        "apply/apply",
        "members/members",
        f"member/member?number={member}",
        "invite/invite?holder=1",
    ]


def _settle(phone: Phone, page: str) -> None:
    phone.open(f"pages/{page}")
    phone.page.locator(".wx-layer:not([hidden]) .screen").wait_for()
    expect(phone.screen.locator(".dy-state--ring")).to_have_count(0)


@pytest.mark.parametrize(
    ("width", "large"),
    [(width, large) for width in (390, 430) for large in (False, True)]
    + [(320, False), pytest.param(320, True, marks=pytest.mark.essential)],
)
def test_nothing_is_wider_than_the_screen(phones: PickUp, width: int, large: bool) -> None:
    phone, pages = _begin(phones, "zh", large=large, width=width)
    wide = {}
    for page in pages:
        _settle(phone, page)
        wide[page] = phone.page.evaluate(WIDER)
        phone.keep(f"{page.split('/')[0]}-{width}{'-large' if large else ''}")
    assert {page: found for page, found in wide.items() if found} == {}


MOST = {"credit_fen": -123_456_789, "remaining_energy_wh": 123_456_700}


@pytest.mark.parametrize("unit", [pytest.param("credit_fen", marks=pytest.mark.essential), "remaining_energy_wh"])
def test_the_longest_amount_fits_the_smallest_screen(phones: PickUp, unit: str) -> None:
    phone, pages = _begin(phones, "zh", large=True, width=320)

    def answer(route: Route) -> None:
        told = route.fetch().json()
        meters = told.get("meters", [told])
        for meter in meters:
            meter.update(dict.fromkeys(MOST) | {unit: MOST[unit]})
        route.fulfill(json=told)

    phone.page.route(re.compile(r"/api/mp/v1/meters(/\w+)?(\?|$)"), answer)
    for page in (name for name in pages if name.startswith(("start", "meter", "top-up"))):
        _settle(phone, page)
        phone.sees("1,234,567.89" if unit == "credit_fen" else "123,456.7")
        phone.keep(f"{page.split('/')[0]}-longest-{unit}")
        assert phone.page.evaluate(WIDER) == []


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.essential)])
def test_every_text_stands_out_from_its_ground(phones: PickUp, scheme: str) -> None:
    phone, pages = _begin(phones, "zh", large=False, color_scheme=scheme)
    faint = {}
    for page in pages:
        _settle(phone, page)
        faint[page] = phone.page.evaluate(FAINT)
        phone.keep(f"{page.split('/')[0]}-{scheme}")
    assert {page: found for page, found in faint.items() if found} == {}


@pytest.mark.essential
def test_who_reads_english_is_shown_no_chinese(phones: PickUp) -> None:
    phone, pages = _begin(phones, "en", large=False)
    left = {}
    for page in pages:
        _settle(phone, page)
        expect(phone.page).to_have_title(re.compile("[A-Z]"))
        text = phone.screen.inner_text()
        for name in NAMES:
            text = text.replace(name, "")
        left[page] = CHINESE.findall(text)
        phone.keep(f"{page.split('/')[0]}-en")
    assert phone.page.evaluate(SET, ["zh", False]) == 200
    assert {page: found for page, found in left.items() if found} == {}


def test_large_text_is_1_4_times_as_large(phones: PickUp) -> None:
    sizes = []
    for large in (False, True):
        phone, _ = _begin(phones, "zh", large=large)
        _settle(phone, "start/start")
        sizes.append(
            float(phone.screen.locator(".room").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))
        )
    assert sizes[1] == pytest.approx(1.4 * sizes[0])


def test_settings_are_kept_and_obeyed_at_once(phones: PickUp) -> None:
    phone, _ = _begin(phones, "zh", large=False)
    phone.open("pages/settings/settings")
    phone.screen.get_by_role("switch", name="大字").tap()
    phone.page.get_by_text("已保存").wait_for()
    assert phone.screen.locator(".screen.large").count() == 1
    phone.screen.get_by_role("radio", name="English").tap()
    phone.sees("Low-credit reminder")
    phone.screen.get_by_role("button").first.tap()
    for key in ("8", "8", "Save"):
        phone.tap(key)
    phone.page.reload()
    phone.sees("¥88")
    assert phone.page.evaluate(SET, ["zh", False]) == 200
