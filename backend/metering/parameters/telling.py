"""Values of parameters as the audit trail and approvals keep them. Pure."""

from collections.abc import Mapping
from typing import Any

from meter_bridge.protocol import CreditUnit


def as_told(values: Mapping[Any, Any], unit: CreditUnit) -> dict[str, Any]:
    """Return values by code, with the unit of amounts of credit."""
    return {"unit": unit.value, **{str(code): value for code, value in values.items()}}
