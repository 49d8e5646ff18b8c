"""What an import would do, row by row, and what of it cannot be."""

from collections.abc import Collection, Mapping, Sequence

from backend.importing.checking import Row, checked, refuse_repeated
from backend.importing.known import Known
from backend.importing.layout import SheetKind
from backend.importing.planning_accounts import plan_accounts
from backend.importing.planning_meters import plan_meters
from backend.importing.reading import RawRow
from meter_bridge.profile import Profile

Sheets = dict[SheetKind, list[Row]]


def plan(raw: Mapping[SheetKind, Sequence[RawRow]], known: Known, profiles: Mapping[str, Profile]) -> Sheets:
    """Return every row with what would become of it; rows may refer to rows of other sheets of the same file."""
    sheets = {kind: checked(kind, raw.get(kind, ())) for kind in SheetKind}
    _plan_holders(sheets[SheetKind.HOLDERS], known)
    names = {row.values.get("name") for row in sheets[SheetKind.HOLDERS]} | set(known.holders)
    _plan_rooms(sheets[SheetKind.ROOMS], known, names)
    places = {_place(row, "number") for row in sheets[SheetKind.ROOMS]} | set(known.rooms)
    meters = sheets[SheetKind.METERS]
    plan_meters(meters, known, places, profiles)
    plan_accounts(sheets[SheetKind.ACCOUNTS], known, names=names, meters=meters, profiles=profiles)
    return sheets


def _plan_holders(rows: Sequence[Row], known: Known) -> None:
    refuse_repeated(rows, "name")
    refuse_repeated(rows, "credit_code")
    for row in rows:
        holder = known.holders.get(row.values.get("name", ""))
        code = row.values.get("credit_code")
        if code and known.codes.get(code, holder.id if holder else None) != (holder.id if holder else None):
            row.refuse("credit_code", "已属于另一租户", "belongs to another tenant")
        if "contact" in row.values and "phone" not in row.values:
            row.refuse("phone", "填写联系人时必填", "needed with a contact")
        if holder is None:
            continue
        row.known_id = holder.id
        papers, phone = known.papers.get(holder.id), row.values.get("phone")
        row.compare({"kind": holder.kind, "credit_code": papers.credit_code if papers else None})
        if phone and (holder.id, phone) not in known.phones:
            row.changes["phone"] = (None, phone)
        if row.changes and known.scope.park_ids is not None:
            row.refuse("name", "无权修改已有租户", "you may not change a tenant that exists")


def _plan_rooms(rows: Sequence[Row], known: Known, names: Collection[str | None]) -> None:
    refuse_repeated(rows, "park", "building", "number")
    called = {holder.id: holder.name for holder in known.holders.values()}
    for row in rows:
        if row.values.get("park") not in known.parks:
            row.refuse("park", "没有此园区或无权操作", "no such park, or not yours")
        holder = row.values.get("holder")
        if holder is not None and holder not in names:
            row.refuse("holder", "没有此租户，请先在“租户”表中填写", "no such tenant; add it to the sheet of tenants")
        if "starts_on" in row.values and holder is None:
            row.refuse("holder", "填写起租日时必填", "needed with a day")
        room = known.rooms.get(_place(row, "number"))
        if room is None:
            continue
        row.known_id = room.id
        row.compare({name: getattr(room, name) for name in ("floor", "area_dm2", "kind", "phase", "remark")})
        tenant = called.get(known.tenants.get(room.id, 0))
        if holder is not None and tenant is not None and tenant != holder:
            row.refuse("holder", f"该房间已租给“{tenant}”", f"the room is let to “{tenant}”")
        elif holder is not None and tenant is None:
            row.changes["holder"] = (None, holder)


def _place(row: Row, number: str) -> tuple[str, str, str]:
    return row.values.get("park", ""), row.values.get("building", ""), row.values.get(number, "")
