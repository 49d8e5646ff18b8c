"""Templates: named sets of values, of one park or of the whole organisation."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from backend.audit.recording import Actor, record
from backend.estate.errors import NameTakenError
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.inserting import insert, refusing
from backend.kernel.scope import Scope
from backend.metering.actions import MeteringAction
from backend.metering.parameters.money import require_priced
from backend.metering.parameters.telling import as_told
from backend.metering.parameters.template_models import ParameterTemplate
from backend.staff.signed_in import SignedIn
from meter_bridge.protocol import CreditUnit, ParameterCode


def make_template(
    session: Session,
    *,
    scope: Scope,
    name: str,
    park_id: int | None,
    credit_unit: CreditUnit,
    remark: str = "",
    by: Actor,
) -> ParameterTemplate:
    """Add a template without values. Raises NotFoundError, NameTakenError."""
    scope.require(scope.organisation_id, park_id)
    own = {"organisation_id": scope.organisation_id, "park_id": park_id}
    template = ParameterTemplate(**own, name=name, remark=remark, credit_unit=credit_unit, values={})
    insert(session, template, uq_parameter_template_name=NameTakenError(name=name))
    action, after = MeteringAction.TEMPLATE_MADE, {"name": name}
    record(session, by=by, action=action, subject=template, after=after, park_id=park_id)
    return template


def describe_template(session: Session, *, scope: Scope, template_id: int, name: str, remark: str, by: Actor) -> None:
    """Give a template another name and remark. Raises NotFoundError, NameTakenError."""
    template = template_inside(session, scope=scope, template_id=template_id, alone=True)
    before = {"name": template.name, "remark": template.remark}
    after = {"name": name, "remark": remark}
    if before == after:
        return
    with refusing(session, uq_parameter_template_name=NameTakenError(name=name)):
        template.name, template.remark = name, remark
    action, park_id = MeteringAction.TEMPLATE_CHANGED, template.park_id
    record(session, by=by, action=action, subject=template, before=before, after=after, park_id=park_id)


def set_in_template(
    session: Session, *, who: SignedIn, scope: Scope, template_id: int, code: ParameterCode, value: Any, request_id: str
) -> ParameterTemplate:
    """Let a template hold a value, or with None hold it no longer; meters keep what they were told.

    value: as JSON tells it. Raises NotFoundError, MoneyParameterError.
    """
    template = template_inside(session, scope=scope, template_id=template_id, alone=True)
    require_priced(who, [code], [template.park_id] if template.park_id else [0])
    before = template.values.get(code.value)
    if before == value:
        return template
    others = {known: held for known, held in template.values.items() if known != code.value}
    template.values = others if value is None else {**others, code.value: value}
    template.version += 1
    unit = template.credit_unit
    was = {"parameters": as_told({code: before}, unit)} if before is not None else None
    becomes: dict[str, Any] = {"version": template.version}
    becomes |= {"parameters": as_told({code: value}, unit)} if value is not None else {}
    by, action, park_id = who.actor(request_id), MeteringAction.TEMPLATE_CHANGED, template.park_id
    record(session, by=by, action=action, subject=template, before=was, after=becomes, park_id=park_id)
    return template


def end_template(session: Session, *, scope: Scope, template_id: int, by: Actor) -> None:
    """Let a template be used no more; meters keep what they were told. Raises NotFoundError."""
    template = template_inside(session, scope=scope, template_id=template_id, alone=True)
    template.ended_at = session.clock.now()
    values, park_id = as_told(template.values, template.credit_unit), template.park_id
    before = {"name": template.name, "parameters": values}
    action = MeteringAction.TEMPLATE_ENDED
    record(session, by=by, action=action, subject=template, before=before, park_id=park_id)


def template_inside(session: Session, *, scope: Scope, template_id: int, alone: bool = False) -> ParameterTemplate:
    """Return a template of the scope that is in use and may be changed; alone: with nobody else at it.

    Raises NotFoundError.
    """
    template = session.get(ParameterTemplate, template_id, with_for_update=alone or None, populate_existing=alone)
    if template is None or template.ended_at or not scope.sees(template.organisation_id, template.park_id):
        raise NotFoundError
    return template


def template_seen(session: Session, *, scope: Scope, template_id: int) -> ParameterTemplate:
    """Return a template in use that may be read and applied: of the scope, or of the whole organisation.

    Raises NotFoundError.
    """
    template = session.get(ParameterTemplate, template_id)
    if template is None or template.ended_at or template.organisation_id != scope.organisation_id:
        raise NotFoundError
    if template.park_id is not None:
        scope.require(template.organisation_id, template.park_id)
    return template


def templates_seen(session: Session, *, scope: Scope) -> Sequence[ParameterTemplate]:
    """Return the templates that may be read and applied in a scope, by name."""
    found = select(ParameterTemplate).where(readable(scope))
    return session.scalars(found.order_by(ParameterTemplate.name)).all()


def readable(scope: Scope) -> ColumnElement[bool]:
    """Say in a query that a template is in use, and of the scope or of the whole organisation."""
    inside = scope.within(ParameterTemplate.organisation_id, ParameterTemplate.park_id)
    of_all = (ParameterTemplate.organisation_id == scope.organisation_id) & ParameterTemplate.park_id.is_(None)
    return (inside | of_all) & ParameterTemplate.ended_at.is_(None)
