"""All buses of a park, apart from any network: what a simulation under virtual time needs."""

import random
from datetime import datetime

from meter_bridge.profile import Profile
from meter_bridge.simulator.bus import Bus
from meter_bridge.simulator.faults import Fault, Faults
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.park import Park, ParkLine
from meter_bridge.simulator.store import Store


class Site:
    """The meters of a park with their faults and their memory. Times are given by the caller.

    midnight: the local time at which the caller's clock said 0; without it the meters know no time of day.
    """

    def __init__(
        self,
        park: Park,
        profiles: dict[str, Profile],
        store: Store,
        chance: random.Random,
        now: float = 0.0,
        *,
        midnight: datetime | None = None,
    ) -> None:
        self.park, self.store, self.faults, self._midnight = park, store, Faults(chance), midnight
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
        meters = [Meter(standing, profiles[standing.profile], now, self._midnight) for standing in line.meter]
        for meter in meters:
            self.store.restore(meter)
        return Bus(line, meters, self.faults, lambda meter: self.store.save([meter]))
