"""Build the estate: organisations, parks, buildings, rooms and who holds them."""

from datetime import date

from backend.estate.models import Building, Holder, HolderKind, Organisation, Park, Room, Tenancy
from backend.kernel.db import Session


def add_organisation(session: Session, *, name: str) -> Organisation:
    """Add a property company; its name is unique in the installation."""
    organisation = Organisation(name=name)
    session.add(organisation)
    session.flush()
    return organisation


def add_park(session: Session, *, organisation: Organisation, name: str) -> Park:
    """Add a park of an organisation."""
    park = Park(organisation_id=organisation.id, name=name)
    session.add(park)
    session.flush()
    return park


def add_building(session: Session, *, park: Park, name: str) -> Building:
    """Add a building of a park."""
    building = Building(organisation_id=park.organisation_id, park_id=park.id, name=name)
    session.add(building)
    session.flush()
    return building


def add_room(session: Session, *, building: Building, floor: str, number: str) -> Room:
    """Add a room of a building."""
    room = Room(organisation_id=building.organisation_id, building_id=building.id, floor=floor, number=number)
    session.add(room)
    session.flush()
    return room


def add_holder(session: Session, *, organisation: Organisation, name: str, kind: HolderKind) -> Holder:
    """Add somebody who can hold rooms and accounts."""
    holder = Holder(organisation_id=organisation.id, name=name, kind=kind)
    session.add(holder)
    session.flush()
    return holder


def let_room(session: Session, *, room: Room, holder: Holder, starts_on: date) -> Tenancy:
    """Let a room to a holder from this day on; a room has one open tenancy at a time."""
    tenancy = Tenancy(organisation_id=room.organisation_id, room_id=room.id, holder_id=holder.id, starts_on=starts_on)
    session.add(tenancy)
    session.flush()
    return tenancy
