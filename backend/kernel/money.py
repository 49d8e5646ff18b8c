"""Money and energy as whole numbers of their smallest unit."""

from decimal import Decimal
from typing import NewType

Fen = NewType("Fen", int)
WattHours = NewType("WattHours", int)


def yuan(amount_fen: int) -> str:
    """Write fen as yuan with two decimals, as on a bill: 123456 -> "1,234.56"."""
    return f"{Decimal(amount_fen).scaleb(-2):,.2f}"
