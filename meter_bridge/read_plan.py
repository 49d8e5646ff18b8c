"""Which frames to read so that all evidence comes in as few exchanges as possible. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from meter_bridge.profile_model import EVIDENCE, Profile, Register

MAX_GAP = 15  # cheaper to read through than to split (measured at 9600 baud)
MAX_WORDS = 125


@dataclass(frozen=True, slots=True)
class Span:
    """Registers read in one frame."""

    address: int
    count: int

    def __contains__(self, register: Register) -> bool:
        return self.address <= register.address and register.address + register.size <= self.address + self.count


def evidence_spans(profile: Profile) -> list[Span]:
    """Return the frames that hold every register of the evidence."""
    return spans(register for quantity, register in profile.registers.items() if quantity in EVIDENCE)


def spans(registers: Iterable[Register]) -> list[Span]:
    """Join registers into frames, reading through gaps that are cheaper than a second exchange."""
    joined: list[Span] = []
    for register in sorted(registers, key=lambda register: register.address):
        end = register.address + register.size
        last = joined[-1] if joined else None
        if last and register.address - (last.address + last.count) <= MAX_GAP and end - last.address <= MAX_WORDS:
            joined[-1] = Span(last.address, max(last.count, end - last.address))
        else:
            joined.append(Span(register.address, register.size))
    return joined
