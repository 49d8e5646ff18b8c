"""An invite as a link, and as a picture of it that a telephone reads."""

from io import BytesIO
from urllib.parse import urlencode

import segno

QUIET_ZONE = 2  # modules; paper and screens around it are light enough
PNG_SCALE = 8  # pixels a module


def invite_link(public_url: str, *, code: str, appid: str) -> str:
    """Return the page that binds with this code: for WeChat's own scanner, for the mini-program's, or to be sent.

    appid: the official account whose page it is; the mini-program reads the code only.
    """
    account = f"?{urlencode({'appid': appid})}" if appid else ""
    return f"{public_url}/h5/{account}#/pages/bind/bind?{urlencode({'code': code})}"


def qr_svg(text: str) -> str:
    """Return the picture for a page or for paper: dark on light in every theme, as scanners want it."""
    drawn = BytesIO()
    segno.make_qr(text, error="m").save(
        drawn, kind="svg", border=QUIET_ZONE, light="#fff", dark="#000", omitsize=True, xmldecl=False
    )
    return drawn.getvalue().decode()


def qr_png(text: str) -> str:
    """Return the picture as a data: address, for pages that draw no vectors; dark on light, as scanners want it."""
    return str(
        segno.make_qr(text, error="m").png_data_uri(border=QUIET_ZONE, scale=PNG_SCALE, light="#fff", dark="#000")
    )


def qr_lines(text: str) -> str:
    """Return the picture for a terminal, two modules a character."""
    modules = [list(row) for row in segno.make_qr(text, error="l").matrix_iter(border=QUIET_ZONE)]
    pairs = [(upper, [*modules, [0] * len(upper)][index + 1]) for index, upper in enumerate(modules) if index % 2 == 0]
    rows = ["".join(" ▄▀█"[2 * (not top) + (not low)] for top, low in zip(*pair, strict=True)) for pair in pairs]
    return "\n".join(rows)
