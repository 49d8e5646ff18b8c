"""Remote operations as pages offer them: only what the meter's model can do, in words of electricity or of water."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.admin.details.seeing_meters import MeterSight
from backend.admin.kit.blueprint import blueprint
from backend.admin.kit.labels import label
from backend.admin.kit.language import t
from backend.metering.silence import Medium, medium_of
from backend.runtime import runtime
from meter_bridge.protocol import CommandKind, SupplyState

OPEN, CLOSE = CommandKind.OPEN_BREAKER, CommandKind.CLOSE_BREAKER
KEEP, END_KEEP = CommandKind.KEEP_SUPPLIED, CommandKind.END_KEEP_SUPPLIED
VALVE = {OPEN: "关阀", CLOSE: "开阀"}
VALVE_STATE = {SupplyState.OPEN: "阀门已关", SupplyState.CLOSED: "阀门已开"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a meter may be asked to do: its word in the form, its icon, and what it brings about.

    sentence: the consequence, with {place} and {holder}; without one it harms nobody: no reason, no proof.
    """

    what: str
    kind: CommandKind
    icon: str
    sentence: str = ""
    water: str = ""
    colour: str = "primary"

    @property
    def dangerous(self) -> bool:
        """Whether it needs a reason and the password told again."""
        return bool(self.sentence)


OPERATIONS = (
    Operation("read", CommandKind.READ_NOW, "refresh"),
    Operation("clock", CommandKind.SYNC_CLOCK, "clock"),
    Operation(
        "open", OPEN, "plug-off", "{place}（{holder}）将立即断电。", "{place}（{holder}）将立即停水。", colour="danger"
    ),
    Operation(
        "close",
        CLOSE,
        "plug",
        "{place}（{holder}）将恢复供电，请确认线路上无人作业。",
        "{place}（{holder}）将恢复供水，请确认管路上无人作业。",
    ),
    Operation(
        "keep",
        KEEP,
        "shield-check",
        "{place}（{holder}）将持续供电：余额、负荷和时段都不再断电，断开的也会合闸。请确认线路上无人作业。",
    ),
    Operation(
        "end_keep",
        END_KEEP,
        "hand-stop",
        "{place}（{holder}）不再保电：余额用尽时电表会自行断电。",
        colour="secondary",
    ),
    Operation(
        "automatic",
        CommandKind.AUTOMATIC,
        "settings",
        "{place}（{holder}）的断路器改由电表自行控制，可能立即合闸。请确认线路上无人作业。",
        colour="secondary",
    ),
    Operation(
        "clear",
        CommandKind.CLEAR_COUNTERS,
        "trash",
        "{place}（{holder}）的电表将清零需量或次数记录，无法恢复。",
        colour="secondary",
    ),
)


def operations_of(sight: MeterSight) -> list[Operation]:
    """Return what this meter can do and may be asked now: nothing opens what is kept supplied."""
    profile, kept = runtime().profiles.get(sight.meter.profile), sight.view.kept_supplied
    able = profile.abilities if profile else frozenset[CommandKind]()
    without = {OPEN, KEEP} if kept else {END_KEEP}
    return [each for each in OPERATIONS if each.kind in able and each.kind not in without]


def consequence(sight: MeterSight, operation: Operation) -> str:
    """Say what an operation brings about here."""
    sentence = operation.water if _is_water(sight) and operation.water else operation.sentence
    holder = sight.holder.name if sight.holder else t("空置")
    return t(sentence, place=f"{sight.building.name} {sight.room.number}", holder=holder)


def called(sight: MeterSight, kind: CommandKind) -> str:
    """Return what a command is called at this meter: a valve opens where a breaker closes."""
    return t(VALVE[kind]) if _is_water(sight) and kind in VALVE else label(kind)


def supplied(sight: MeterSight) -> str:
    """Return what the breaker or the valve of this meter does; nothing when it never said."""
    state = sight.view.supply
    return t(VALVE_STATE[state]) if _is_water(sight) and state else label(state)


def _is_water(sight: MeterSight) -> bool:
    profile = runtime().profiles.get(sight.meter.profile)
    return profile is not None and medium_of(profile) is Medium.WATER


@blueprint.context_processor
def _words() -> dict[str, Callable[..., object]]:
    return {"operations_of": operations_of, "consequence": consequence, "called": called, "supplied": supplied}
