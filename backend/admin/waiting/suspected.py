"""Meters that are suspected: which clocks can be set, and that staff settled a case."""

from flask import Response

from backend.admin.details.forms import typed
from backend.admin.kit.page import BASE, blueprint, current, flash, for_staff, go, office, scope, t, visitor
from backend.metering.history.settling_suspects import settle_suspect
from backend.metering.models import Meter, MeterState
from backend.runtime import runtime
from backend.staff.roles import Permission
from meter_bridge.protocol import CommandKind

SETTLE = Permission.INSTALL_METERS


def settable(meters: list[Meter]) -> set[int]:
    """Return the meters whose clock can be set from here."""
    profiles = runtime().profiles
    able = {code for code, profile in profiles.items() if CommandKind.SYNC_CLOCK in profile.abilities}
    return {meter.id for meter in meters if meter.profile in able and meter.state is MeterState.ACTIVE}


@blueprint.post("/quarantine/suspects/<int:number>/settle")
@for_staff(SETTLE)
def settle(number: int) -> Response:
    """Close a suspicion with a reason."""
    reach, reason, by = scope(SETTLE), typed("reason"), current().actor(visitor().request_id)
    office().run(lambda s: settle_suspect(s, scope=reach, suspect_id=number, reason=reason, by=by))
    flash(t("已处理。"))
    return go(f"{BASE}/quarantine")
