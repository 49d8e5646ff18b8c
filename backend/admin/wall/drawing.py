"""Draw the tiles of the wall: in Python, because there may be thousands, and each is kept for as long as it stays."""

from functools import lru_cache

from markupsafe import Markup, escape

from backend.admin.kit.blueprint import BASE
from backend.admin.kit.labels import label
from backend.admin.kit.language import t
from backend.admin.kit.writing import aged, kwh, span, yuan_sign
from backend.admin.wall.judging_rooms import LARGE_FEN, YUAN
from backend.admin.wall.tile import Standing, Tile
from backend.kernel.errors import Language
from backend.metering.lines.silence import Medium
from meter_bridge.protocol import CreditUnit

REMEMBERED = 20_000
# Drawn once in the page, by these names: backend/admin/icons.
SPRITES = {
    "plug": "plug",
    "cut": "plug-off",
    "tap": "droplet",
    "shut": "droplet-off",
    "empty": "circle-x",
    "low": "alert-triangle",
    "silent": "clock",
    "gateway": "wifi-off",
    "frozen": "hand-stop",
}

_SUPPLY_SPRITES = {Medium.ELECTRICITY: ("plug", "cut"), Medium.WATER: ("tap", "shut")}


@lru_cache(maxsize=REMEMBERED)
def drawn(tile: Tile, language: Language) -> Markup:
    """Return a tile as it stands in the page, in the language of who asks."""
    mood = tile.mood
    head = f"<b>{escape(tile.number)}</b>{_supply(tile, mood) if tile.meters else ''}"
    foot = f"{_credit(tile)}{_age(tile)}" if tile.meters else str(escape(t("未装表")))
    return Markup(  # noqa: S704 what comes from outside is escaped
        f'<a class="room room-{mood}" id="room-{tile.room_id}" href="{BASE}/wall/rooms/{tile.room_id}">'
        f'<span class="room-head">{head}</span><span class="room-who">{escape(tile.holder or t("空置"))}</span>'
        f'<span class="room-foot">{foot}</span></a>\n'
    )


def amount(tile: Tile) -> str:
    """Write the credit of a room: whole yuan of large sums."""
    if tile.credit is None or tile.unit is CreditUnit.ENERGY:
        return kwh(tile.credit)
    return f"¥{tile.credit // YUAN:,}" if tile.credit >= LARGE_FEN else yuan_sign(tile.credit)


def _sprite(name: str) -> str:
    return f'<svg class="icon" aria-hidden="true"><use href="#i-{name}"/></svg>'


def _supply(tile: Tile, mood: str) -> str:
    if tile.supply is None:
        return f'<span class="room-supply">{t("未知")}</span>'
    colour = "red" if mood == "cut" else "green"
    sprite = _SUPPLY_SPRITES[tile.medium][mood == "cut"]
    return f'<span class="room-supply state-{colour}">{_sprite(sprite)}{escape(label(tile.supply, tile.medium))}</span>'


def _credit(tile: Tile) -> str:
    if tile.standing is Standing.EMPTY:
        return f'<span class="room-credit state-red">{_sprite("empty")}{amount(tile)} {escape(t("已用尽"))}</span>'
    if tile.standing is Standing.LOW:
        return f'<span class="room-credit state-amber">{_sprite("low")}{amount(tile)} {escape(t("余额低"))}</span>'
    return f'<span class="room-credit">{amount(tile)}</span>'


def _age(tile: Tile) -> str:
    marks = _mark("frozen", t("充值冻结")) if tile.frozen else ""
    marks += _mark("gateway", t("网关无应答")) if tile.gateway is False else ""
    if tile.age is None:
        words = f"{_sprite('silent')}{escape(t('从未抄到'))}"
    elif tile.heard:
        words = str(escape(aged(tile.age)))
    else:
        words = f"{_sprite('silent')}{escape(t('离线'))} {escape(span(tile.age))}"
    return f'<span class="room-age{"" if tile.heard else " state-amber"}">{marks}{words}</span>'


def _mark(name: str, words: str) -> str:
    said = escape(words)
    return f'<span class="state-amber" title="{said}">{_sprite(name)}<span class="visually-hidden">{said}</span></span>'
