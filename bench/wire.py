"""How long exchanges take on a line, as the simulator paces them: bits at the baud rate, and the meter's turnaround."""

from dataclasses import dataclass

from meter_bridge.profile import Profile
from meter_bridge.protocol import CommandKind
from meter_bridge.read_plan import evidence_spans

BITS_PER_BYTE = 10  # 8N1
ENVELOPE = 3  # unit and checksum
READ_REQUEST, READ_HEAD = 5, 5  # bytes apart from unit and checksum; of the answer with them
WRITE_HEAD, WRITE_ANSWER = 6, 8


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a line is."""

    baud: int = 9600
    turnaround_ms: int = 30

    def seconds(self, number_of_bytes: int) -> float:
        """Return how long one exchange of so many bytes, both ways, keeps the line busy."""
        return number_of_bytes * BITS_PER_BYTE / self.baud + self.turnaround_ms / 1000


def read_seconds(profile: Profile, pace: Pace) -> list[float]:
    """Return the time of each frame that reads a meter once."""
    frames = [span.count for span in evidence_spans(profile)]
    return [pace.seconds(READ_REQUEST + ENVELOPE + READ_HEAD + 2 * count) for count in frames]


def write_seconds(profile: Profile, pace: Pace) -> float:
    """Return the time of the frame that writes a top-up."""
    words = len(profile.writes[CommandKind.TOP_UP].words(1, 1))
    return pace.seconds(WRITE_HEAD + 2 * words + ENVELOPE + WRITE_ANSWER)


def top_up_seconds(profile: Profile, pace: Pace) -> float:
    """Return the least time a proved top-up needs on the line: read, write once, read back."""
    return 2 * sum(read_seconds(profile, pace)) + write_seconds(profile, pace)
