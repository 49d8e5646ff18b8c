"""The page of the demo: both doors of the same pages, the invite as a picture, and the meters beside them."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PickUp
from tests.browser.stage import Stage
from tests.browser.town import TENANTS


@pytest.mark.essential
def test_the_demo_shows_both_doors_beside_meters_and_messages(phones: PickUp, stage: Stage) -> None:
    phone = phones("reader", width=1440, height=900)
    phone.page.goto(f"{stage.url}/h5/demo")
    inside = phone.page.frame_locator("#phone")
    for door in ("小程序", "公众号网页"):  # the second goes through the sandbox's authorization page and comes back
        phone.page.get_by_role("button", name=door).click()
        phone.page.get_by_role("button", name="知行书店").click()
        expect(inside.locator(".screen [role=button]").first).to_be_visible(timeout=20_000)
    assert "/h5/demo/account" in phone.page.frames[1].url
    expect(phone.page.locator("#code")).to_have_text(stage.seeded.invites["reader"])
    expect(phone.page.locator("#meters tr")).to_have_count(sum(len(tenant.rooms) for tenant in TENANTS))
    drawn = "image => image.decode().then(() => image.naturalWidth > 0)"
    assert phone.page.locator("#qr").evaluate(drawn)
