"""What an import would do with meters, and which of them cannot hang where the workbook says."""

from collections.abc import Collection, Mapping, Sequence

from backend.importing.checking import Row, refuse_repeated
from backend.importing.known import Known, Place
from backend.kernel.errors import ProductError
from backend.metering.field.ratios import refuse_unfit_ratios
from backend.metering.field.wires import wire_unit_of
from backend.metering.install_errors import LineTooNarrowError, NoSuchCircuitError
from backend.metering.lines.details import carries
from backend.metering.models import Line, Meter
from meter_bridge.profile import Profile

OPTIONAL = ("circuit", "ct_ratio", "pt_ratio")  # 1 where nothing is written
Wires = dict[tuple[int, int], int]  # line and unit -> the row that answers there


def plan_meters(rows: Sequence[Row], known: Known, places: Collection[Place], profiles: Mapping[str, Profile]) -> None:
    """Plan the rows of meters; places: rooms known or in the file."""
    refuse_repeated(rows, "number")
    refuse_repeated(rows, "serial")
    wires: Wires = {}
    for row in rows:
        if row.values.get("park") not in known.parks:
            row.refuse("park", "没有此园区或无权操作", "no such park, or not yours")
        elif _place(row) not in places:
            row.refuse("room", "没有此房间，请先在“房间”表中填写", "no such room; add it to the sheet of rooms")
        profile = profiles.get(row.values.get("profile", ""))
        if profile is None:
            row.refuse("profile", f"没有此型号，已有：{'、'.join(sorted(profiles))}", "no such model of meter")
        _plan_wire(row, known, profile, wires)


def hung_as(row: Row, profile: Profile) -> dict[str, int | None]:
    """Return the columns of a new meter that may have been left empty, and at which unit it answers."""
    told = {name: row.values.get(name, 1) for name in OPTIONAL}
    return told | {"wire_unit": wire_unit_of(profile, unit=row.values["unit"], circuit=told["circuit"])}


def _plan_wire(row: Row, known: Known, profile: Profile | None, wires: Wires) -> None:
    line, park_id = known.lines.get((row.values.get("gateway", ""), row.values.get("port", 0)), (None, 0))
    park = known.parks.get(row.values.get("park", ""))
    if line is None or (park is not None and park.id != park_id):
        row.refuse("gateway", "该园区没有此网关和端口", "the park has no such gateway and port")
        return
    meter = known.meters.get(row.values.get("number", ""))
    if meter is not None:
        _plan_known(row, known, meter, line)
    elif row.values.get("serial") in known.serials:
        row.refuse("serial", "序列号已被另一电表使用", "another meter in use has this serial")
    if profile is not None:
        _plan_model(row, known, profile, line, wires)


def _plan_known(row: Row, known: Known, meter: Meter, line: Line) -> None:
    """A meter that is there is not changed here; an empty cell leaves what is written only where it may be left out."""
    row.known_id = meter.id
    room = known.rooms.get(_place(row))
    told = {"line_id": line.id, "room_id": room.id if room else None}
    told |= {name: row.values.get(name) for name in ("serial", "unit", "profile")}
    told |= {name: row.values[name] for name in OPTIONAL if name in row.values}
    if any(getattr(meter, name) != value for name, value in told.items()):
        row.refuse(
            "number",
            "表号已存在且内容不同：换表、更正表型或倍率请用电表页面上的功能",
            "exists with other values: exchange it, or correct it at its page",
        )


def _plan_model(row: Row, known: Known, profile: Profile, line: Line, wires: Wires) -> None:
    """Say what does not fit the model: the line, the transformers, the circuit, or an address that is taken."""
    if not carries(line.kind, profile):
        _blame(row, "profile", LineTooNarrowError(title=profile.title))
    circuit, ct_ratio, pt_ratio = (row.values.get(name, 1) for name in OPTIONAL)
    if not row.errors.keys() & {"ct_ratio", "pt_ratio"}:
        try:
            refuse_unfit_ratios(profile, ct_ratio=ct_ratio, pt_ratio=pt_ratio)
        except ProductError as error:
            _blame(row, "ct_ratio", error)
    unit = row.values.get("unit")
    if unit is None:
        return
    wire = wire_unit_of(profile, unit=unit, circuit=circuit)
    if wire is None:
        _blame(row, "circuit", NoSuchCircuitError(unit=unit, circuit=circuit))
        return
    earlier = wires.setdefault((line.id, wire), row.number)
    if earlier != row.number:
        row.refuse("unit", f"总线地址 {wire} 与第 {earlier} 行重复", f"unit {wire} repeats row {earlier}")
    if row.known_id is None and (line.id, wire) in known.wires:
        row.refuse("unit", f"该线路上地址 {wire} 已被使用", f"another meter in use has unit {wire} on the line")


def _blame(row: Row, column: str, error: ProductError) -> None:
    row.refuse(column, *(error.sentence(language) for language in ("zh", "en")))


def _place(row: Row) -> Place:
    return row.values.get("park", ""), row.values.get("building", ""), row.values.get("room", "")
