"""Watch registers beside the power that is read with them, and suspect those that stand still under load."""

from collections.abc import Iterable, Mapping
from typing import Any, LiteralString

from sqlalchemy import Row

from backend.kernel.db import Session
from backend.metering.evidence import Identity
from backend.metering.history.conditions import Measured
from backend.metering.history.standing import Seen, Standing, limits_of, load_of, stands_still, watched
from backend.metering.history.suspecting import Suspected, pass_over, suspect
from backend.metering.history.suspicion_models import Suspicion
from backend.metering.statuses import Said
from meter_bridge.profile import Profile

KNOWN: LiteralString = """
SELECT meter_id, since, seen_at, energy_wh, power_w, suggested_ws FROM load_watch
WHERE meter_id = ANY(%(meters)s) ORDER BY meter_id FOR UPDATE
"""
KEEP: LiteralString = """
INSERT INTO load_watch (meter_id, organisation_id, since, seen_at, energy_wh, power_w, suggested_ws)
SELECT * FROM unnest(%(meter_id)b::bigint[], %(organisation_id)b::bigint[], %(since)b::timestamptz[],
                     %(seen_at)b::timestamptz[], %(energy_wh)b::bigint[], %(power_w)b::bigint[],
                     %(suggested_ws)b::bigint[])
ON CONFLICT (meter_id) DO UPDATE
SET since = excluded.since, seen_at = excluded.seen_at, energy_wh = excluded.energy_wh, power_w = excluded.power_w,
    suggested_ws = excluded.suggested_ws
"""


def watch_load(
    session: Session,
    *,
    said: Iterable[Said],
    measured: Iterable[Measured],
    meters: Mapping[int, Identity],
    profiles: Mapping[str, Profile],
) -> None:
    """Look at registers that were read together with the power; registers that are held are not looked at."""
    seen = _seen(said, measured, meters, profiles)
    if not seen:
        return
    before = {row.meter_id: _standing(row) for row in session.run_sql(KNOWN, meters=list(seen))}
    changed: dict[int, Standing] = {}
    still: dict[int, Suspected] = {}
    moved: list[int] = []
    for meter_id, looks in sorted(seen.items()):
        meter, standing = meters[meter_id], before.get(meter_id)
        limits = limits_of(profiles[meter.profile], ratio=meter.ratio)
        for look in sorted(looks, key=lambda look: look.at):
            standing = watched(standing, look, limits)
        if standing is None or standing == before.get(meter_id):
            continue
        changed[meter_id] = standing
        if meter_id in before and standing.since != before[meter_id].since:
            moved.append(meter_id)
        if stands_still(standing, limits):
            still[meter_id] = Suspected(standing.since, _evidence(standing))
    _keep(session, changed, meters)
    pass_over(session, Suspicion.STANDS_STILL, meter_ids=moved)
    suspect(session, Suspicion.STANDS_STILL, found=still, meters=meters)


def _seen(
    said: Iterable[Said],
    measured: Iterable[Measured],
    meters: Mapping[int, Identity],
    profiles: Mapping[str, Profile],
) -> dict[int, list[Seen]]:
    loads = {(one.meter_id, one.read_at): load_of(one.condition) for one in measured}
    seen: dict[int, list[Seen]] = {}
    for one in said if loads else ():
        told, at = one.evidence.energy_wh, one.evidence.read_at
        load = loads.get((one.meter_id, at))
        if told is not None and load is not None and meters[one.meter_id].profile in profiles:
            seen.setdefault(one.meter_id, []).append(Seen(at, told, load))
    return seen


def _standing(row: Row[Any]) -> Standing:
    return Standing(row.since, Seen(row.seen_at, row.energy_wh, row.power_w), row.suggested_ws)


def _evidence(standing: Standing) -> dict[str, Any]:
    seen = standing.seen
    return {
        "energy_wh": seen.energy_wh,
        "power_w": seen.power_w,
        "suggested_wh": standing.suggested_wh,
        "seen_at": seen.at.isoformat(),
    }


def _keep(session: Session, changed: Mapping[int, Standing], meters: Mapping[int, Identity]) -> None:
    if not changed:
        return
    session.run_sql(
        KEEP,
        meter_id=list(changed),
        organisation_id=[meters[meter_id].organisation_id for meter_id in changed],
        since=[one.since for one in changed.values()],
        seen_at=[one.seen.at for one in changed.values()],
        energy_wh=[one.seen.energy_wh for one in changed.values()],
        power_w=[one.seen.power_w for one in changed.values()],
        suggested_ws=[one.suggested_ws for one in changed.values()],
    )
