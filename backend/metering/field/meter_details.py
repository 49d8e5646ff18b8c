"""What a meter needs to be told beyond its place on a line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeterDetails:
    """The circuit of a box, and by how much transformers lessen what the meter measures of current and voltage."""

    circuit: int = 1
    ct_ratio: int = 1
    pt_ratio: int = 1


SINGLE = MeterDetails()
