"""What is known of an organisation before an import, by the names a workbook uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from backend.accounts.bringing_forward import opening_key
from backend.accounts.models import Account, AccountMeter, LedgerAccount, LedgerKind, LedgerTransfer
from backend.estate.archive_models import Contact, Enterprise
from backend.estate.models import Building, Holder, Park, Room, Tenancy
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.models import Gateway, Line, Meter, MeterState

Place = tuple[str, str, str]  # park, building, room


@dataclass(frozen=True, slots=True)
class Known:
    """Everything by name; rooms and meters in use only, and of tenancies those without an end."""

    scope: Scope
    parks: Mapping[str, Park]
    buildings: Mapping[tuple[str, str], Building]
    rooms: Mapping[Place, Room]
    tenants: Mapping[int, int]
    holders: Mapping[str, Holder]
    papers: Mapping[int, Enterprise]
    codes: Mapping[str, int]
    phones: frozenset[tuple[int, str]]
    lines: Mapping[tuple[str, int], tuple[Line, int]]
    meters: Mapping[str, Meter]
    serials: frozenset[str]
    wires: frozenset[tuple[int, int]]
    accounts: Mapping[str, "KnownAccount"]
    payers: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account that is there, the meters it pays for, and what it brought along, None if nothing was booked."""

    account: Account
    meter_ids: frozenset[int]
    opening_fen: int | None


def look(session: Session, *, scope: Scope) -> Known:
    """Return what is known; parks, buildings and rooms inside the scope only."""
    own = scope.organisation_id
    parks = {p.id: p for p in session.scalars(select(Park).where(scope.within(Park.organisation_id, Park.id)))}
    buildings = {b.id: b for b in session.scalars(select(Building).where(Building.park_id.in_(parks)))}
    rooms = session.scalars(select(Room).where(Room.building_id.in_(buildings), Room.retired_at.is_(None)))
    papers = {e.holder_id: e for e in session.scalars(select(Enterprise).filter_by(organisation_id=own))}
    active = session.scalars(select(Meter).filter_by(organisation_id=own, state=MeterState.ACTIVE)).all()

    def place(room: Room) -> Place:
        building = buildings[room.building_id]
        return parks[building.park_id].name, building.name, room.number

    open_ones = select(Tenancy.room_id, Tenancy.holder_id).filter_by(organisation_id=own, ends_on=None)
    contacts = session.execute(select(Contact.holder_id, Contact.phone).filter_by(organisation_id=own))
    return Known(
        scope=scope,
        parks={park.name: park for park in parks.values()},
        buildings={(parks[b.park_id].name, b.name): b for b in buildings.values()},
        rooms={place(room): room for room in rooms},
        tenants={row.room_id: row.holder_id for row in session.execute(open_ones)},
        holders={h.name: h for h in session.scalars(select(Holder).filter_by(organisation_id=own))},
        papers=papers,
        codes={e.credit_code: e.holder_id for e in papers.values() if e.credit_code},
        phones=frozenset((row.holder_id, row.phone) for row in contacts),
        lines=_lines(session, own),
        meters={meter.number: meter for meter in active},
        serials=frozenset(meter.serial for meter in active),
        wires=frozenset((meter.line_id, meter.wire_unit or meter.unit) for meter in active),
        **_accounts(session, own),
    )


def _accounts(session: Session, own: int) -> dict[str, Any]:
    accounts = session.scalars(select(Account).filter_by(organisation_id=own)).all()
    links = session.scalars(select(AccountMeter).filter_by(organisation_id=own, ended_at=None)).all()
    numbers = {account.id: account.number for account in accounts}
    meters: dict[int, set[int]] = {}
    for link in links:
        meters.setdefault(link.account_id, set()).add(link.meter_id)
    brought = _brought(session, own)
    return {
        "payers": {link.meter_id: numbers[link.account_id] for link in links},
        "accounts": {
            account.number: KnownAccount(
                account, frozenset(meters.get(account.id, ())), brought.get(opening_key(account.id))
            )
            for account in accounts
        },
    }


def _brought(session: Session, own: int) -> dict[str, int]:
    """Return every opening balance by its key; a debt is below 0."""
    before = select(LedgerAccount.id).filter_by(organisation_id=own, kind=LedgerKind.OPENING).scalar_subquery()
    either = LedgerTransfer.debit_id == before, LedgerTransfer.credit_id == before
    booked = select(LedgerTransfer.idempotency_key, LedgerTransfer.amount_fen, either[0].label("credited"))
    rows = session.execute(booked.where(LedgerTransfer.organisation_id == own, or_(*either)))
    return {row.idempotency_key: row.amount_fen if row.credited else -row.amount_fen for row in rows}


def _lines(session: Session, own: int) -> dict[tuple[str, int], tuple[Line, int]]:
    """Return lines by gateway and port, with the park they are in."""
    rows = session.execute(
        select(Line, Gateway.name, Gateway.park_id)
        .join(Gateway, Gateway.id == Line.gateway_id)
        .where(Line.organisation_id == own)
    )
    return {(row.name, row.Line.port): (row.Line, row.park_id) for row in rows}
