"""The states by which rooms are counted and found. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from backend.admin.wall.tile import Standing, Tile
from meter_bridge.protocol import SupplyState


class State(NamedTuple):
    """All that chips look at. Of thousands of tiles a few dozen differ in it."""

    supply: SupplyState | None
    standing: Standing
    heard: bool | None
    gateway: bool | None
    frozen: bool
    is_vacant: bool
    is_bare: bool


def state_of(tile: Tile) -> State:
    """Return the state of a room."""
    vacant = tile.holder is None
    return State(tile.supply, tile.standing, tile.heard, tile.gateway, tile.frozen, vacant, not tile.meters)


@dataclass(frozen=True, slots=True)
class Chip:
    """A state by which rooms are counted and found; title is in Chinese."""

    key: str
    title: str
    icon: str
    colour: str
    fits: Callable[[State], bool]


CHIPS = (
    Chip("", "全部", "building", "secondary", lambda _: True),
    Chip("cut", "已拉闸", "plug-off", "red", lambda state: state.supply is SupplyState.OPEN),
    Chip("empty", "余额用尽", "circle-x", "red", lambda state: state.standing is Standing.EMPTY),
    Chip("low", "余额不足", "alert-triangle", "amber", lambda state: state.standing is Standing.LOW),
    Chip("silent", "电表离线", "clock", "amber", lambda state: state.heard is False),
    Chip("gateway", "网关无应答", "wifi-off", "amber", lambda state: state.gateway is False),
    Chip("frozen", "充值冻结", "hand-stop", "amber", lambda state: state.frozen),
    Chip("vacant", "空置", "door", "secondary", lambda state: state.is_vacant),
    Chip("bare", "未装表", "circle-dashed", "secondary", lambda state: state.is_bare),
)
BY_KEY = {chip.key: chip for chip in CHIPS}
