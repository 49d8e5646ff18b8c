"""The pages of walk tests: begin one, go from meter to meter, end it."""

from collections.abc import Callable
from typing import Any

from flask import Response, request

from backend.admin.details.forms import required
from backend.admin.forms.form import ask, take
from backend.admin.kit.page import BASE, blueprint, current, flash, for_staff, go, office, scope, show, t, visitor
from backend.admin.walking.place_form import place_form
from backend.admin.walking.seeing_walks import walk_seen, walks_seen
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.lifecycle import walking
from backend.runtime import runtime
from backend.staff.roles import Permission

INSTALL, PAGE = Permission.INSTALL_METERS, f"{BASE}/walks"


@blueprint.get("/walks")
@for_staff(INSTALL)
def walks() -> Response:
    """List the walk tests."""
    with office().reading() as session:
        return show("walks.html", walks=walks_seen(session, scope=scope(INSTALL)))


@blueprint.get("/walks/new")
@for_staff(INSTALL)
def new_walk_page() -> Response:
    """Ask where to walk."""
    return ask(place_form())


@blueprint.post("/walks/new")
@for_staff(INSTALL)
def new_walk() -> Response:
    """Begin a walk; needs the password told again, for breakers are opened."""
    current().require_proof(runtime().clock.now())

    def begun(session: Session, told: dict[str, Any]) -> str:
        kind, number = told["place"]
        place = {"building_id": None, "line_id": None} | {kind: number}
        cut, request_id = told["cut"], visitor().request_id
        walk = walking.start_walk(session, who=current(), **place, cut_reason=cut, request_id=request_id)
        return f"{PAGE}/{walk.id}"

    return take(place_form(), begun, "走查已开始。")


@blueprint.get("/walks/<int:number>")
@for_staff(INSTALL)
def walk(number: int) -> Response:
    """Show a walk and the step it is at. Raises NotFoundError."""
    with office().reading() as session:
        sight = walk_seen(session, scope=scope(INSTALL), walk_id=number)
    part = request.headers.get("HX-Request") == "true"
    return show("walk_now.html" if part else "walk.html", sight=sight)


@blueprint.post("/walks/<int:number>/<do>")
@for_staff(INSTALL)
def step(number: int, do: str) -> Response:
    """Open the breaker of a step, say what went dark, pass it over, or end the walk. Raises NotFoundError."""
    office().run(lambda session: _done(session, number, do))
    runtime().bell.ring("commands")
    return go(f"{PAGE}/{number}")


def _done(session: Session, number: int, do: str) -> None:
    who, request_id = current(), visitor().request_id
    walk = walking.walk_inside(session, who=who, walk_id=number)
    if do == "end":
        walking.end_walk(session, walk=walk, by=who.actor(request_id))
        return flash(t("走查已结束；拉开的断路器已下达合闸。"))
    step = {"who": who, "walk_id": number, "step_id": _number(required("step")), "request_id": request_id}
    ways: dict[str, Callable[..., object]] = {"open": walking.open_step, "skip": walking.skip_step}
    if do in ways:
        ways[do](session, **step)
    elif do == "judge":
        _judge(session, step)
    else:
        raise NotFoundError
    return None


def _judge(session: Session, step: dict[str, Any]) -> None:
    dark = required("dark")
    known = walk_seen(session, scope=scope(INSTALL), walk_id=step["walk_id"]).steps
    if dark != "none" and _number(dark) not in {each.room.id for each in known}:
        raise NotFoundError
    walking.judge_step(session, **step, dark_room_id=None if dark == "none" else int(dark))


def _number(told: str) -> int:
    if not (told.isascii() and told.isdecimal() and len(told) <= 18):  # noqa: PLR2004 digits that fit the column
        raise NotFoundError
    return int(told)
