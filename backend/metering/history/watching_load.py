"""Watch registers beside the power that is read with them, and suspect those that stand still under load."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.metering.evidence import Identity
from backend.metering.history.conditions import Measured
from backend.metering.history.standing import Seen, Standing, limits_of, load_of, stands_still, watched
from backend.metering.history.suspecting import Suspected, pass_over, suspect
from backend.metering.history.suspicion_models import LoadWatch, Suspicion
from backend.metering.statuses import Said
from meter_bridge.profile import Profile


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
    ids = literal(sorted(seen), ARRAY(BigInteger))
    known = select(LoadWatch).where(LoadWatch.meter_id == any_(ids)).order_by(LoadWatch.meter_id).with_for_update()
    before = {row.meter_id: _standing(row) for row in session.scalars(known)}
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


def _standing(row: LoadWatch) -> Standing:
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
    rows = [
        {
            "meter_id": meter_id,
            "organisation_id": meters[meter_id].organisation_id,
            "since": one.since,
            "seen_at": one.seen.at,
            "energy_wh": one.seen.energy_wh,
            "power_w": one.seen.power_w,
            "suggested_ws": one.suggested_ws,
        }
        for meter_id, one in changed.items()
    ]
    fresh = insert(LoadWatch)
    names = ("since", "seen_at", "energy_wh", "power_w", "suggested_ws")
    latest = {name: fresh.excluded[name] for name in names}
    session.execute(fresh.on_conflict_do_update(index_elements=[LoadWatch.meter_id], set_=latest), rows)
