"""All that is judged of meters beyond whether a single reading can be true."""

from collections.abc import Iterable, Mapping, Sequence

from backend.kernel.db import Session
from backend.metering.evidence import Identity
from backend.metering.history.conditions import Measured
from backend.metering.history.drifting import note_clocks
from backend.metering.history.watching_load import watch_load
from backend.metering.statuses import Said
from meter_bridge.profile import Profile


def look_closer(
    session: Session,
    *,
    said: Sequence[Said],
    measured: Iterable[Measured],
    meters: Mapping[int, Identity],
    profiles: Mapping[str, Profile],
) -> None:
    """Watch registers beside the load, and clocks; said: without registers that are held."""
    watch_load(session, said=said, measured=measured, meters=meters, profiles=profiles)
    note_clocks(session, said=said, meters=meters)
