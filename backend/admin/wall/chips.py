"""The states by which rooms are counted and found. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.admin.wall.tile import Standing, Tile
from meter_bridge.protocol import SupplyState


@dataclass(frozen=True, slots=True)
class Chip:
    """A state by which rooms are counted and found; title is in Chinese."""

    key: str
    title: str
    icon: str
    colour: str
    fits: Callable[[Tile], bool]


CHIPS = (
    Chip("", "全部", "building", "secondary", lambda _: True),
    Chip("cut", "拉闸", "plug-off", "red", lambda tile: tile.supply is SupplyState.OPEN),
    Chip("empty", "余额用尽", "circle-x", "red", lambda tile: tile.standing is Standing.EMPTY),
    Chip("low", "余额不足", "alert-triangle", "amber", lambda tile: tile.standing is Standing.LOW),
    Chip("silent", "电表离线", "clock", "amber", lambda tile: tile.heard is False),
    Chip("gateway", "网关无应答", "wifi-off", "amber", lambda tile: tile.gateway is False),
    Chip("frozen", "充值冻结", "hand-stop", "amber", lambda tile: tile.frozen),
    Chip("vacant", "空置", "door", "secondary", lambda tile: tile.holder is None),
    Chip("bare", "未装表", "circle-dashed", "secondary", lambda tile: not tile.meters),
)
BY_KEY = {chip.key: chip for chip in CHIPS}
