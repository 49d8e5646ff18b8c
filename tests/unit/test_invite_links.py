"""The link of an invite, and that its pictures hold it."""

from base64 import b64decode
from urllib.parse import parse_qs, urlsplit

import segno

from backend.people.invite_links import QUIET_ZONE, invite_link, qr_lines, qr_png, qr_svg

LINK = invite_link("https://pay.example.com", code="7K3M9QPX2A", appid="wx8a1b2c3d4e5f6071")


def test_the_link_opens_the_page_of_the_account_with_the_code() -> None:
    there = urlsplit(LINK)
    assert (there.netloc, there.path, parse_qs(there.query)) == (
        "pay.example.com",
        "/h5/",
        {"appid": ["wx8a1b2c3d4e5f6071"]},
    )
    assert there.fragment == "/pages/bind/bind?code=7K3M9QPX2A"


def test_without_an_account_the_link_is_for_the_mini_program_alone() -> None:
    link = invite_link("https://pay.example.com", code="7K3M9QPX2A", appid="")
    assert link == "https://pay.example.com/h5/#/pages/bind/bind?code=7K3M9QPX2A"


def test_the_picture_of_a_terminal_is_the_code_module_by_module() -> None:
    wanted = [[bool(module) for module in row] for row in segno.make_qr(LINK, error="l").matrix_iter(border=QUIET_ZONE)]
    drawn = []
    for line in qr_lines(LINK).splitlines():
        drawn.append([sign in " ▄" for sign in line])
        drawn.append([sign in " ▀" for sign in line])
    assert drawn[: len(wanted)] == wanted  # light is drawn, dark is the terminal's ground


def test_the_picture_of_a_page_is_dark_on_light_whatever_the_theme() -> None:
    picture = qr_svg(LINK)
    assert picture.startswith("<svg")
    assert 'stroke="#000"' in picture
    assert 'fill="#fff"' in picture
    assert "width=" not in picture.split(">")[0]


def test_the_picture_of_a_telephone_is_a_png_of_whole_pixels_a_module() -> None:
    kind, _, picture = qr_png(LINK).partition(",")
    assert kind == "data:image/png;base64"
    width = int.from_bytes(b64decode(picture)[16:20])  # the header of a PNG says how wide it is
    assert width == (segno.make_qr(LINK, error="m").symbol_size()[0] - 8 + 2 * QUIET_ZONE) * 8
