"""Remote operations as pages offer them: only what the meter's model can do, in words of electricity or of water."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.admin.details.seeing_meters import MeterSight
from backend.admin.kit.blueprint import blueprint
from backend.admin.kit.labels import named
from backend.admin.kit.language import t
from backend.metering.command_notes import CommandNote
from backend.runtime import runtime
from meter_bridge.protocol import CommandKind

OPEN = CommandKind.OPEN_BREAKER
KEEP, END_KEEP = CommandKind.KEEP_SUPPLIED, CommandKind.END_KEEP_SUPPLIED


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a meter may be asked to do: its word in the form, its icon, and what it brings about.

    sentence: the consequence, with {place} and {holder}; without one it harms nobody: no reason, no proof.
    """

    what: str
    kind: CommandKind
    icon: str
    sentence: str = ""
    colour: str = "primary"

    @property
    def dangerous(self) -> bool:
        """Whether it needs a reason and the password told again."""
        return bool(self.sentence)


OPERATIONS = (
    Operation("read", CommandKind.READ_NOW, "refresh"),
    Operation("clock", CommandKind.SYNC_CLOCK, "clock"),
    Operation("open", OPEN, "plug-off", "{place}（{holder}）将立即断电。", colour="danger"),
    Operation("close", CommandKind.CLOSE_BREAKER, "plug", "{place}（{holder}）将恢复供电，请确认线路上无人作业。"),
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
    holder = sight.holder.name if sight.holder else t("空置")
    place = f"{sight.building.name} {sight.room.number}"
    return t(operation.sentence, sight.medium, place=place, holder=holder)


def ended(note: str) -> str:
    """Say why a command or a meter's money stopped; what a person wrote there stands as it is."""
    return named("CommandNote", note) if note in set(CommandNote) else note


@blueprint.context_processor
def _words() -> dict[str, Callable[..., object]]:
    return {"operations_of": operations_of, "consequence": consequence, "ended": ended}
