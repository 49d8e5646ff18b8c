"""A meter in the hand: locks hung, and the meter exchanged with a photo that the browser makes small."""

import zlib
from pathlib import Path
from random import Random
from struct import pack

from playwright.sync_api import expect
from sqlalchemy import func, select

from backend.estate.models import Room
from backend.metering.exchange_models import ExchangePhoto
from backend.metering.models import Meter
from tests.browser.office import Desk
from tests.browser.stage import Stage
from tests.browser.test_office_looks import SHOTS

WIDTH, HEIGHT = 2400, 1500


def _noise(file: Path) -> int:
    """Write a picture that is far too large to be sent as it is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    chance = Random(7)
    rows = b"".join(b"\0" + chance.randbytes(WIDTH) for _ in range(HEIGHT))
    header = pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    picture = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    return file.write_bytes(b"\x89PNG\r\n\x1a\n" + picture)


def _locked(desk: Desk) -> None:
    """Hang a lock and look at what shows then."""
    page = desk.page
    page.locator("summary", has_text="挂检修锁").click()
    page.locator("[id^=lock-reason]").fill("更换断路器，配电间二号柜")
    page.screenshot(path=SHOTS / "office-field-lock-form-390.png", full_page=True)
    page.get_by_role("button", name="挂检修锁", exact=True).click()
    expect(page.get_by_text("检修锁已挂上。作业前仍须验电。")).to_be_visible()
    page.locator("summary", has_text="取下").click()
    page.screenshot(path=SHOTS / "office-field-locked-390.png", full_page=True)


def _exchanged(desk: Desk, photo: Path) -> None:
    """Fill in the exchange and send it."""
    page = desk.page
    page.get_by_role("link", name="换表").click()
    told = {"energy": "9999999", "credit": "1.20", "count": "3", "number": "X-1", "serial": "209912310001"}
    for name, words in (told | {"reason": "显示屏烧毁"}).items():
        if page.locator(f"#f-{name}").count():
            page.locator(f"#f-{name}").fill(words)
    page.locator("#f-photo").set_input_files(photo)
    while page.locator("[data-shrinks]").evaluate("field => field.files[0].name") != "photo.jpg":
        page.wait_for_timeout(100)
    page.screenshot(path=SHOTS / "office-field-exchange-390.png", full_page=True)
    page.get_by_role("button", name="登记换表").click()
    expect(page.get_by_text("换表已登记。")).to_be_visible()
    page.screenshot(path=SHOTS / "office-field-exchanged-390.png", full_page=True)


def test_a_lock_is_hung_and_a_meter_exchanged_on_a_phone(desks: list[Desk], stage: Stage, tmp_path: Path) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    photo = tmp_path / "display.png"
    assert _noise(photo) > 3_000_000
    found = select(Meter).join(Room, Room.id == Meter.room_id).where(Room.number == "605")
    meter = stage.runtime.database.run(lambda s: s.scalars(found).one())
    desk = desks[1]
    desk.log_in("alice")
    for play in (_locked, lambda desk: _exchanged(desk, photo)):
        desk.open(f"field/{meter.id}")
        play(desk)
        assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    size = stage.runtime.database.run(lambda s: s.scalars(select(func.length(ExchangePhoto.content))).one())
    assert 1_000 < size <= 2 * 1024 * 1024
