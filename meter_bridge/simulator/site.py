"""All buses of a park, apart from any network: what a simulation under virtual time needs."""

import random

from meter_bridge.profile import Profile
from meter_bridge.simulator.bus import Bus
from meter_bridge.simulator.faults import Fault, Faults
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.park import Park, ParkLine
from meter_bridge.simulator.store import Store


class Site:
    """The meters of a park with their faults and their memory. Times are given by the caller."""

    def __init__(
        self, park: Park, profiles: dict[str, Profile], store: Store, chance: random.Random, now: float = 0.0
    ) -> None:
        self.park, self.store, self.faults = park, store, Faults(chance)
        self.buses = {line.name: self._bus(line, profiles, now) for line in park.line}

    def meter(self, unit: int, line: str | None = None) -> Meter:
        """Return a meter; without a line, of the first one."""
        return self.buses[line or self.park.line[0].name].meters[unit]

    def fault(self, fault: Fault) -> None:
        """Let something go wrong."""
        self.faults.add(fault)

    def advance(self, now: float) -> None:
        """Let time pass for all meters, and keep what they remember."""
        meters = [meter for bus in self.buses.values() for meter in bus.meters.values()]
        for meter in meters:
            meter.advance(now)
        self.store.save(meters)

    def _bus(self, line: ParkLine, profiles: dict[str, Profile], now: float) -> Bus:
        meters = [Meter(standing, profiles[standing.profile], now) for standing in line.meter]
        for meter in meters:
            self.store.restore(meter)
        return Bus(line, meters, self.faults, lambda meter: self.store.save([meter]))
