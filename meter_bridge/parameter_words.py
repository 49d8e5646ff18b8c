"""Parameters as registers of Modbus, two bytes each, the high one first (meter_bridge.parameter_codec.Coding). Pure."""

from meter_bridge.parameter_places import NumberPlace


class Words:
    """Numbers in a row are one piece."""

    joined = True

    def number(self, place: NumberPlace, value: int) -> list[int]:
        """Return the registers of a number."""
        return place.registers(value)

    def number_in(self, place: NumberPlace, content: list[int]) -> int:
        """Return the number of registers."""
        return place.number(content)

    def size(self, place: NumberPlace) -> int:
        """Return how many registers a number takes."""
        return place.size

    def table(self, octets: bytes) -> list[int]:
        """Return registers, the last filled up with 0."""
        even = octets + b"\0" * (len(octets) % 2)
        return [int.from_bytes(even[begin : begin + 2], "big") for begin in range(0, len(even), 2)]

    def octets(self, content: list[int]) -> bytes:
        """Return the bytes of registers."""
        return b"".join(word.to_bytes(2, "big") for word in content)
