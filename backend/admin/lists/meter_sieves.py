"""Sieves of meters: by their group and by their model."""

from sqlalchemy import ColumnElement, select

from backend.admin.kit.labels import label
from backend.admin.kit.media import medium_of_model
from backend.admin.lists.column import Choices, Sieve
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.group_models import MeterGroupMember
from backend.metering.groups.grouping import groups_seen
from backend.metering.lines.silence import Medium
from backend.metering.models import Meter, MeterStatus
from backend.runtime import runtime
from meter_bridge.protocol import SupplyState


def of_group() -> Sieve:
    """Find the meters of one group."""
    return Sieve("group", "电表组", _in_group, "choice", _groups)


def of_model() -> Sieve:
    """Find the meters of one model."""
    return Sieve("profile", "表型", lambda told: Meter.profile == told, "choice", _profiles)


def of_supply() -> Sieve:
    """Find the meters whose breaker, or whose valve, stands in one way; in words of the media that are there."""

    def fits(told: str) -> ColumnElement[bool] | None:
        return MeterStatus.supply == SupplyState(told) if told in set(SupplyState) else None

    return Sieve("supply", "供电", fits, "choice", _supplies)


def _supplies(session: Session, scope: Scope) -> Choices:
    there = {medium_of_model(code) for code, _ in _profiles(session, scope)}
    media = [medium for medium in Medium if medium in there] or [Medium.ELECTRICITY]
    return [(word.value, " / ".join(label(word, medium) for medium in media)) for word in SupplyState]


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
