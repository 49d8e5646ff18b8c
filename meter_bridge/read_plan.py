"""Which quantities a poll brings, and which frames bring them in as few exchanges as possible. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from meter_bridge.profile_model import EVIDENCE, POLLED, Hole, Profile, Quantity, Register
from meter_bridge.protocol import REGISTERS

MAX_GAP = 15  # cheaper to read through than to split (measured at 9600 baud)
MAX_WORDS = 125
Quantities = frozenset[Quantity]

_AT_THE_SLOT = frozenset(Quantity(name) for name in REGISTERS)
_OFTEN = frozenset(
    (
        *(Quantity.PURCHASE_COUNT, Quantity.BALANCE, Quantity.CUMULATIVE, Quantity.LAST_PURCHASE),
        *(Quantity.SUPPLY, Quantity.DEBT, Quantity.KEPT_SUPPLIED, Quantity.FORCED),
    )
)
_ALARMS = "alarm"


@dataclass(frozen=True, slots=True)
class Span:
    """Registers read in one frame."""

    address: int
    count: int

    def __contains__(self, register: Register) -> bool:
        return self.address <= register.address and register.address + register.size <= self.address + self.count


@dataclass(frozen=True, slots=True)
class Groups:
    """What is read how often; the serial number belongs to each, because who answers is asked every time.

    probe: the one quantity by which a silent meter is asked whether it is there.
    """

    often: Quantities
    slot: Quantities
    rarely: Quantities
    probe: Quantities

    def of(self, *, slot: bool, rarely: bool) -> Quantities:
        """Return what one poll brings."""
        return self.often | (self.slot if slot else frozenset()) | (self.rarely if rarely else frozenset())


def groups_of(profile: Profile) -> Groups:
    """Return the groups of a profile: as it says, else credit and state often, registers at the slot, others rarely."""
    poll, told = profile.poll, POLLED.intersection(profile.registers)
    said = poll.often | poll.slot | poll.rarely
    alarms = frozenset(quantity for quantity in told if quantity.value.startswith(_ALARMS))
    serial = told & {Quantity.SERIAL}
    slot = told & (poll.slot | _AT_THE_SLOT - said)
    often = told & (poll.often | (_OFTEN | alarms) - said) | serial
    short = sorted(often, key=lambda quantity: (profile.registers[quantity].size, quantity.value))
    beside_load = told & {Quantity.ENERGY_WH}  # read with the power: a register that stands still under load is told
    return Groups(often, slot | serial, told - slot - often | serial | beside_load, serial or frozenset(short[:1]))


def spans_of(profile: Profile, wanted: Quantities) -> list[Span]:
    """Return the frames that hold every register wanted."""
    registers = (register for quantity, register in profile.registers.items() if quantity in wanted)
    return spans(registers, profile.holes)


def evidence_spans(profile: Profile) -> list[Span]:
    """Return the frames that hold every register of the evidence."""
    return spans_of(profile, EVIDENCE)


def spans(registers: Iterable[Register], holes: Sequence[Hole] = ()) -> list[Span]:
    """Join registers into frames, reading through gaps that are cheaper than a second exchange, never through holes."""
    joined: list[Span] = []
    for register in sorted(registers, key=lambda register: register.address):
        end = register.address + register.size
        last = joined[-1] if joined else None
        near = last and register.address - (last.address + last.count) <= MAX_GAP and end - last.address <= MAX_WORDS
        if last and near and not any(hole.meets(last.address + last.count, register.address) for hole in holes):
            joined[-1] = Span(last.address, max(last.count, end - last.address))
        else:
            joined.append(Span(register.address, register.size))
    return joined
