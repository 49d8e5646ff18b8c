"""Parameters as the data of DL/T 645 identifiers, byte by byte (meter_bridge.parameter_codec.Coding). Pure."""

from meter_bridge.dlt645_values import data_of, number_in, size_of
from meter_bridge.parameter_places import NumberPlace


class Octets:
    """Each number has an identifier of its own."""

    joined = False

    def number(self, place: NumberPlace, value: int) -> list[int]:
        """Return the bytes of a number."""
        return list(data_of(place, value))

    def number_in(self, place: NumberPlace, content: list[int]) -> int:
        """Return the number of bytes."""
        return number_in(place, bytes(content))

    def size(self, place: NumberPlace) -> int:
        """Return how many bytes a number takes."""
        return size_of(place)

    def table(self, octets: bytes) -> list[int]:
        """Return the bytes."""
        return list(octets)

    def octets(self, content: list[int]) -> bytes:
        """Return the bytes."""
        return bytes(content)
