"""A telephone: a page of Chromium that keeps count of everything that must never happen."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.stage import Stage

HEIGHT = 844
SHOTS = os.environ.get("SCREENSHOTS")  # a folder to keep pictures in


@dataclass
class Phone:
    """Somebody's telephone, as one story uses it."""

    stage: Stage
    person: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)  # parts of complaints that a story provokes on purpose

    def open(self, route: str = "pages/start/start") -> None:
        """Open a page of the mini-program anew."""
        self.page.goto(f"{self.stage.url}/h5/demo/phone?as={self.person}#/{route}")

    @property
    def screen(self) -> Locator:
        """The page that is shown; those below it are hidden."""
        return self.page.locator(".wx-layer:not([hidden])")

    def tap(self, name: str) -> None:
        """Tap what is called so."""
        self.screen.get_by_role("button", name=name, exact=True).first.tap()

    def sees(self, text: str, *, within: float = 20) -> None:
        """Wait until the page says so."""
        expect(self.screen.get_by_text(text).filter(visible=True).first).to_be_visible(timeout=within * 1000)

    def confirm_payment(self, *, yes: bool = True) -> None:
        """Answer the payment window."""
        self.page.get_by_role("dialog").get_by_role("button", name="确认支付" if yes else "取消").tap()

    def pay_how(self, **how: Any) -> None:
        """Say how the next payments are to go."""
        self.page.evaluate("how => sessionStorage.setItem('demo:pay', JSON.stringify(how))", how)

    def top_up(self, keys: str) -> None:
        """Type an amount and tap the pay key, from the home page."""
        self.tap("充值")
        for key in keys:
            self.tap("小数点" if key == "." else key)
        self.screen.get_by_role("button", name=re.compile("^支付")).tap()

    def bind(self) -> None:
        """Bind by the invite code of this person."""
        self.open("pages/bind/bind")
        self.screen.get_by_role("textbox").fill(self.stage.seeded.invites[self.person])
        self.tap("绑定")
        self.sees("绑定成功")
        self.tap("查看电表")

    def refresh_until(self, text: str, *, tries: int = 30) -> None:
        """Open the page anew until it says so."""
        for _ in range(tries):
            if self.screen.get_by_text(text).count():
                return
            self.page.wait_for_timeout(1000)
            self.page.reload()
            self.screen.locator(".screen").wait_for()
            self.page.wait_for_timeout(300)
        raise AssertionError(f"never said: {text}")

    def keep(self, name: str) -> None:
        """Keep a picture where somebody asked for them."""
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            self.page.wait_for_timeout(200)
            self.page.screenshot(path=Path(SHOTS) / f"{name}.png")

    def faults(self) -> list[str]:
        """Return what was complained of and not expected."""
        return [said for said in self.complaints if not any(part in said for part in self.expected)]


def pick_up(browser: Browser, stage: Stage, person: str, **how: Any) -> Phone:
    """Take a telephone in hand: 390 points wide unless told otherwise."""
    size = {"width": how.pop("width", 390), "height": how.pop("height", HEIGHT)}
    context = browser.new_context(viewport=size, has_touch=True, is_mobile=True, locale="zh-CN", **how)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(20_000)
    phone = Phone(stage, person, context, page)
    ours = {urlsplit(stage.url).netloc, urlsplit(stage.sandbox).netloc}

    def asked(url: str) -> None:
        if urlsplit(url).scheme.startswith("http") and urlsplit(url).netloc not in ours:
            phone.complaints.append(f"asked {url}")

    page.on("request", lambda request: asked(request.url))
    page.on("console", lambda said: phone.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: phone.complaints.append(f"{error}"))
    context.add_init_script(
        "document.addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective))"
    )
    return phone
