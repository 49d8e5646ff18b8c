"""Readings that cannot be true, and meters that are suspected: the evidence, and what staff decide about them."""

from collections.abc import Callable

from flask import Response

from backend.admin.details.forms import FieldUnfitError, required, typed
from backend.admin.kit.page import (
    BASE,
    blueprint,
    current,
    flash,
    for_staff,
    go,
    looked_at,
    office,
    scope,
    show,
    t,
    visitor,
)
from backend.admin.waiting.suspected import settable
from backend.audit.recording import Actor
from backend.importing.cells import CellError, kilowatt_hours
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.history.settling import accept_held, drop_held, held_of, held_reading, replace_held
from backend.metering.history.settling_suspects import suspects
from backend.staff.roles import Permission

SEE, SETTLE = Permission.VIEW_ESTATE, Permission.INSTALL_METERS
PAGE = f"{BASE}/quarantine"
MOST = 20


@blueprint.get("/quarantine")
@for_staff(SEE)
def quarantine() -> Response:
    """Show meters whose readings are held, and those suspected, with the evidence."""
    with office().reading() as session:
        cases = held_of(session, scope=looked_at(SEE), most=MOST)
        suspected = suspects(session, scope=looked_at(SEE), most=MOST)
    told = {"cases": cases, "suspected": suspected, "settable": settable([meter for meter, _ in suspected])}
    may, operates = current().may_somewhere(SETTLE), current().may_somewhere(Permission.OPERATE_BREAKERS)
    return show("quarantine.html", may=may, operates=operates, **told)


@blueprint.post("/quarantine/meters/<int:number>/accept")
@for_staff(SETTLE)
def accept(number: int) -> Response:
    """Count what the meter said."""
    return _done(
        lambda s, reach, reason, by: accept_held(s, scope=reach, meter_id=number, reason=reason, by=by),
        t("读数已计入。"),
    )


@blueprint.post("/quarantine/meters/<int:number>/drop")
@for_staff(SETTLE)
def drop(number: int) -> Response:
    """Leave out what the meter said."""
    return _done(
        lambda s, reach, reason, by: drop_held(s, scope=reach, meter_id=number, reason=reason, by=by),
        t("读数已作废。"),
    )


@blueprint.post("/quarantine/<int:number>/replace")
@for_staff(SETTLE)
def replace(number: int) -> Response:
    """Put what a person read in its place."""

    def replaced(session: Session, reach: Scope, reason: str, by: Actor) -> None:
        held = held_reading(session, scope=reach, held_id=number)
        try:
            shown_wh = kilowatt_hours(required("energy"))
        except CellError as error:
            raise FieldUnfitError(zh=error.zh, en=error.en) from error
        replace_held(session, held=held, shown_wh=shown_wh, reason=reason, by=by)

    return _done(replaced, t("读数已更正。"))


def _done(work: Callable[[Session, Scope, str, Actor], object], sentence: str) -> Response:
    reach, reason, by = scope(SETTLE), typed("reason"), current().actor(visitor().request_id)
    office().run(lambda session: work(session, reach, reason, by))
    flash(sentence)
    return go(PAGE)
