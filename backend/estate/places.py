"""Parks and buildings, as staff change them."""

from backend.audit.recording import Actor, record
from backend.estate.actions import EstateAction
from backend.estate.errors import NameTakenError
from backend.estate.models import Building, Organisation, Park
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.inserting import insert, refusing
from backend.kernel.scope import Scope

PARK_NAME, BUILDING_NAME = "uq_park_organisation_id_name", "uq_building_park_id_name"


def open_park(session: Session, *, scope: Scope, name: str, time_zone: str = "Asia/Shanghai", by: Actor) -> Park:
    """Add a park; only who sees the whole organisation may. Raises NotFoundError, NameTakenError."""
    scope.require(scope.organisation_id)
    park = Park(organisation_id=session.get_one(Organisation, scope.organisation_id).id, name=name, time_zone=time_zone)
    insert(session, park, **{PARK_NAME: NameTakenError(name=name)})
    record(session, by=by, action=EstateAction.PARK_ADDED, subject=park, after={"name": name}, park_id=park.id)
    return park


def rename_park(session: Session, *, scope: Scope, park_id: int, name: str, by: Actor) -> Park:
    """Give a park another name. Raises NotFoundError, NameTakenError."""
    park = park_inside(session, scope=scope, park_id=park_id)
    before = {"name": park.name}
    with refusing(session, **{PARK_NAME: NameTakenError(name=name)}):
        park.name = name
    after = {"name": name}
    record(session, by=by, action=EstateAction.PARK_RENAMED, subject=park, before=before, after=after, park_id=park.id)
    return park


def erect_building(session: Session, *, scope: Scope, park_id: int, name: str, by: Actor) -> Building:
    """Add a building to a park. Raises NotFoundError, NameTakenError."""
    park = park_inside(session, scope=scope, park_id=park_id)
    building = Building(organisation_id=park.organisation_id, park_id=park.id, name=name)
    insert(session, building, **{BUILDING_NAME: NameTakenError(name=name)})
    after = {"name": name}
    record(session, by=by, action=EstateAction.BUILDING_ADDED, subject=building, after=after, park_id=park.id)
    return building


def rename_building(session: Session, *, scope: Scope, building_id: int, name: str, by: Actor) -> Building:
    """Give a building another name. Raises NotFoundError, NameTakenError."""
    building = building_inside(session, scope=scope, building_id=building_id)
    before = {"name": building.name}
    with refusing(session, **{BUILDING_NAME: NameTakenError(name=name)}):
        building.name = name
    record(
        session,
        by=by,
        action=EstateAction.BUILDING_RENAMED,
        subject=building,
        before=before,
        after={"name": name},
        park_id=building.park_id,
    )
    return building


def park_inside(session: Session, *, scope: Scope, park_id: int) -> Park:
    """Return a park of the scope. Raises NotFoundError."""
    park = session.get(Park, park_id)
    if park is None or not scope.sees(park.organisation_id, park.id):
        raise NotFoundError
    return park


def building_inside(session: Session, *, scope: Scope, building_id: int) -> Building:
    """Return a building of the scope. Raises NotFoundError."""
    building = session.get(Building, building_id)
    if building is None or not scope.sees(building.organisation_id, building.park_id):
        raise NotFoundError
    return building
