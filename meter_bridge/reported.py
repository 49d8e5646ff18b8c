"""Make evidence of the values a driver read. Pure."""

from datetime import datetime

from meter_bridge.profile_model import Profile, Quantity
from meter_bridge.protocol import Evidence, SupplyState

_FLAGS = {Quantity.KEPT_SUPPLIED, Quantity.FORCED}


def evidence_of(profile: Profile, read_at: datetime, serial: str | None, values: dict[Quantity, int]) -> Evidence:
    """Return what a meter said. What it shows as debt apart lowers the balance."""
    told = dict(values)
    debt = told.pop(Quantity.DEBT, 0)
    if Quantity.BALANCE in told:
        told[Quantity.BALANCE] -= debt
    supply = _supply(profile, told.pop(Quantity.SUPPLY, None))
    known: dict[str, int | bool] = {
        quantity.value: bool(value) if quantity in _FLAGS else value for quantity, value in told.items()
    }
    return Evidence(read_at=read_at, serial=serial, supply=supply, **known)


def _supply(profile: Profile, value: int | None) -> SupplyState | None:
    states = {profile.breaker.closed: SupplyState.CLOSED, profile.breaker.open: SupplyState.OPEN}
    return None if value is None else states.get(value)
