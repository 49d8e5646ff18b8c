"""The parameter that an address names."""

from backend.kernel.errors import NotFoundError
from meter_bridge.protocol import ParameterCode


def parameter_code(word: str) -> ParameterCode:
    """Return the parameter of a word. Raises NotFoundError."""
    if word not in set(ParameterCode):
        raise NotFoundError
    return ParameterCode(word)
