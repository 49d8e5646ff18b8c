"""What an import would do, row by row, and what of it cannot be."""

from collections.abc import Collection, Mapping, Sequence

from backend.importing.checking import Row, checked, refuse_repeated
from backend.importing.known import Known
from backend.importing.layout import SheetKind
from backend.importing.planning_accounts import plan_accounts
from backend.importing.reading import RawRow
from backend.metering.install_errors import LineTooNarrowError
from backend.metering.line_details import carries
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
    _plan_meters(meters, known, places, profiles)
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


def _plan_meters(
    rows: Sequence[Row], known: Known, places: Collection[tuple[str, str, str]], profiles: Mapping[str, Profile]
) -> None:
    refuse_repeated(rows, "number")
    refuse_repeated(rows, "serial")
    refuse_repeated(rows, "gateway", "port", "unit")
    for row in rows:
        if row.values.get("park") not in known.parks:
            row.refuse("park", "没有此园区或无权操作", "no such park, or not yours")
        elif _place(row, "room") not in places:
            row.refuse("room", "没有此房间，请先在“房间”表中填写", "no such room; add it to the sheet of rooms")
        profile = profiles.get(row.values.get("profile", ""))
        if profile is None:
            row.refuse("profile", f"没有此型号，已有：{'、'.join(sorted(profiles))}", "no such model of meter")
        _plan_wire(row, known, profile)


def _plan_wire(row: Row, known: Known, profile: Profile | None) -> None:
    line, park_id = known.lines.get((row.values.get("gateway", ""), row.values.get("port", 0)), (None, 0))
    park = known.parks.get(row.values.get("park", ""))
    if line is None or (park is not None and park.id != park_id):
        row.refuse("gateway", "该园区没有此网关和端口", "the park has no such gateway and port")
        return
    if profile is not None and not carries(line.kind, profile):
        row.refuse("profile", *(LineTooNarrowError(title=profile.title).sentence(each) for each in ("zh", "en")))
    meter = known.meters.get(row.values.get("number", ""))
    if meter is not None:
        row.known_id = meter.id
        room = known.rooms.get(_place(row, "room"))
        found = (meter.serial, meter.line_id, meter.unit, meter.profile, meter.room_id)
        told = (row.values.get("serial"), line.id, row.values.get("unit"), row.values.get("profile"))
        if (*told, room.id if room else None) != found:
            row.refuse("number", "表号已存在且内容不同，换表请用换表功能", "exists with other values: exchange it")
        return
    if row.values.get("serial") in known.serials:
        row.refuse("serial", "序列号已被另一电表使用", "another meter in use has this serial")
    if (line.id, row.values.get("unit")) in known.units:
        row.refuse("unit", "该线路上此地址已被使用", "another meter in use has this address on the line")


def _place(row: Row, number: str) -> tuple[str, str, str]:
    return row.values.get("park", ""), row.values.get("building", ""), row.values.get(number, "")
