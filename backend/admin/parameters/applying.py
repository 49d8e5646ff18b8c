"""A template to all meters that the filter of their list finds: looked at first, then confirmed once."""

from typing import Any

from flask import Response, request

from backend.admin.forms.form import ask, ask_again, read
from backend.admin.kit.page import (
    BASE,
    blueprint,
    current,
    flash,
    for_staff,
    go,
    is_proved,
    office,
    prove_first,
    scope,
    show,
    t,
    visitor,
)
from backend.admin.parameters.template_wish import query, template_form, wish_of_filter
from backend.kernel.db import Session
from backend.metering.parameters.changing import propose
from backend.metering.parameters.errors import ChangeStaleError
from backend.metering.parameters.money import SET, is_priced, needs_two
from backend.metering.parameters.planning import plan_change
from backend.metering.parameters.wish import digest_of
from backend.runtime import runtime

SHOWN = 300
PAGE = f"{BASE}/meters/to-template"


@blueprint.get("/meters/to-template")
@for_staff(SET)
def to_template_page() -> Response:
    """Say how many meters the filter finds, and ask for the template and the reason."""
    return ask(template_form())


@blueprint.post("/meters/to-template")
@for_staff(SET)
def look_at_template() -> Response:
    """Show which meters get what, which do not and why; nothing is changed."""
    form = template_form()
    values, wrong = read(form)
    if wrong:
        return ask_again(form, wrong)
    with office().reading() as session:
        wish = wish_of_filter(session, values["template"], values["reason"])
        rows = plan_change(session, scope=scope(SET), wish=wish, profiles=runtime().profiles)
    if is_priced(wish.values) and not is_proved():
        return prove_first(f"{PAGE}?{query()}")
    can = [row for row in rows if any(row.settles(wish.values))]
    cannot = [row for row in rows if row.unfit]
    told: dict[str, Any] = {"wish": wish, "can": can, "cannot": cannot, "count": len(rows), "shown": SHOWN}
    told |= {"digest": digest_of(wish, rows), "two": needs_two(wish.values, meters=len(can)), "query": query()}
    return show("parameter_preview.html", **told)


@blueprint.post("/meters/to-template/confirm")
@for_staff(SET)
def apply_template() -> Response:
    """Do what was shown, or ask a second person to agree to it."""
    form = template_form()
    values, wrong = read(form)
    if wrong:
        return ask_again(form, wrong)
    digest, who, profiles = request.form.get("digest", ""), current(), runtime().profiles

    def applied(session: Session) -> tuple[int, bool]:
        wish = wish_of_filter(session, values["template"], values["reason"])
        rows = plan_change(session, scope=scope(SET), wish=wish, profiles=profiles)
        if digest_of(wish, rows) != digest:
            raise ChangeStaleError
        change = propose(session, who=who, wish=wish, profiles=profiles, request_id=visitor().request_id)
        return change.id, change.carried_out_at is not None

    number, done = office().run(applied)
    runtime().bell.ring("commands")
    flash(t("已下发，等待各表写入并回读。") if done else t("已提交两人审批：同意后还要在变更页点“下发到电表”。"))
    return go(f"{BASE}/parameter-changes/{number}")
