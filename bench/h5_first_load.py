"""Rows `h5_first_load…`: what a telephone that was never here must load, and when home can be used on a slow one."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, sync_playwright

from bench.arithmetic import interleaved
from bench.processes import Running
from bench.rows import Row
from bench.site import Site
from bench.size import Size
from bench.town import build_town, plans
from tests.browser.chromium import ARGUMENTS, chromium

METERS = 12
SLOW = 4  # times slower than this machine's processor
PAGES = ("Document", "Script", "Stylesheet")
USER_AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile MicroMessenger/8.0.50"
# The first moment at which home shows its key and the page has nothing else to do than wait for a finger.
WATCH = """localStorage.setItem('dianyuan::token', JSON.stringify('%s'))
window.usable = new Promise(usable => {
    const look = () => document.querySelector('.screen dy-button [role=button]')
        ? requestIdleCallback(() => usable(performance.now())) : requestAnimationFrame(look)
    look()
})"""


def rows(site: Site, size: Size, when: str) -> Iterator[Row]:
    """Measure in a Chromium of our own."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS)) as browser,
    ):
        yield from rows_in(browser, site, size, when)


def rows_in(browser: Browser, site: Site, size: Size, when: str) -> Iterator[Row]:
    """Measure the bytes of the pages, and the time until they can be used, each time with an empty cache."""
    town = build_town(site.runtime, site, plans(METERS))
    with site.serving("web", "wsgi:app") as web:
        visits: list[int] = []

        def slow() -> float:
            loaded, usable = _visit(browser, web, town.token, SLOW)
            visits.append(loaded)
            return usable

        def plain() -> float:
            return _visit(browser, web, town.token, 1)[1]

        interleaved([slow, plain], 1)  # to warm up the server, not the browser's cache
        throttled, quick = interleaved([slow, plain], size.rounds)
    loaded_kb = max(visits) / 1000
    what = "pages of the H5, over the wire with an empty cache"
    yield Row("h5_first_load", what, loaded_kb, None, None, "<= 150", "kB", when)
    what = f"until home can be used, processor {SLOW} × slower (baseline: not slowed)"
    yield Row("h5_first_load_usable", what, median(throttled), median(quick), None, "<= 3000", "ms", when)


def _visit(browser: Browser, web: Running, token: str, slower: int) -> tuple[int, float]:
    """Open home as a telephone that was never here; return the bytes of the pages and the milliseconds."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, user_agent=USER_AGENT
    )
    context.add_init_script(WATCH % token)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    counted = _counted(wire)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(f"http://127.0.0.1:{web.port}/h5/")
    usable = page.evaluate("window.usable")
    context.close()
    return sum(counted.values()), float(usable)


def _counted(wire: CDPSession) -> dict[str, int]:
    """Count the bytes of each document, script and style sheet from now on, headers and all."""
    counted: dict[str, int] = {}

    def begun(told: dict[str, Any]) -> None:
        if told["type"] in PAGES:
            counted[told["requestId"]] = 0

    def ended(told: dict[str, Any]) -> None:
        if told["requestId"] in counted:
            counted[told["requestId"]] = int(told["encodedDataLength"])

    wire.on("Network.responseReceived", begun)
    wire.on("Network.loadingFinished", ended)
    wire.send("Network.enable")
    return counted
