"""Sieves of meters: by their group and by their model."""

from sqlalchemy import ColumnElement, select

from backend.admin.lists.column import Choices, Sieve
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.group_models import MeterGroupMember
from backend.metering.groups.grouping import groups_seen
from backend.metering.models import Meter
from backend.runtime import runtime


def of_group() -> Sieve:
    """Find the meters of one group."""
    return Sieve("group", "电表组", _in_group, "choice", _groups)


def of_model() -> Sieve:
    """Find the meters of one model."""
    return Sieve("profile", "表型", lambda told: Meter.profile == told, "choice", _profiles)


def _in_group(told: str) -> ColumnElement[bool] | None:
    members = select(MeterGroupMember.meter_id)
    return Meter.id.in_(members.where(MeterGroupMember.group_id == int(told))) if told.isdecimal() else None


def _groups(session: Session, scope: Scope) -> Choices:
    return [(str(each.id), each.name) for each in groups_seen(session, scope=scope)]


def _profiles(session: Session, scope: Scope) -> Choices:
    used = (
        select(Meter.profile).where(Meter.organisation_id == scope.organisation_id).distinct().order_by(Meter.profile)
    )
    known = runtime().profiles
    return [(code, known[code].title if code in known else code) for code in session.scalars(used)]
