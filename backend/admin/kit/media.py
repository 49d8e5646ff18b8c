"""How meters of electricity and of water, and their supply, are drawn."""

from collections.abc import Callable

from backend.admin.kit.blueprint import blueprint
from backend.metering.lines.silence import Medium, medium_of
from backend.runtime import runtime
from meter_bridge.protocol import SupplyState

TAPS = {"plug": "droplet", "plug-off": "droplet-off"}


def medium_of_model(code: str) -> Medium:
    """Return what a meter of this profile measures."""
    return medium_of(runtime().profiles.get(code))


def models_of(medium: Medium) -> list[str]:
    """Return the profiles that measure this."""
    return [code for code, profile in runtime().profiles.items() if medium_of(profile) is medium]


def drawn_as(name: str, medium: Medium) -> str:
    """Return the icon that stands for another one at such a meter: a valve is drawn as a drop, a breaker as a plug."""
    return TAPS.get(name, name) if medium is Medium.WATER else name


def supply_icon(supply: SupplyState, medium: Medium) -> str:
    """Return the icon of a breaker or a valve that lets something through, or nothing."""
    return drawn_as("plug" if supply is SupplyState.CLOSED else "plug-off", medium)


def medium_icon(medium: Medium) -> str:
    """Return the icon of what a meter measures."""
    return "droplet" if medium is Medium.WATER else "bolt"


@blueprint.context_processor
def _drawings() -> dict[str, Callable[..., object]]:
    return {"drawn_as": drawn_as, "supply_icon": supply_icon, "medium_icon": medium_icon, "medium_of": medium_of}
