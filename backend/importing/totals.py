"""What opening balances come to: the totals two persons sign for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from backend.importing.checking import Fate, Row
from backend.importing.layout import SheetKind
from backend.importing.planning import Sheets


@dataclass(frozen=True, slots=True)
class Totals:
    """How many accounts bring something along, and how much: credit and debt in fen, each 0 or more."""

    accounts: int
    credit_fen: int
    debt_fen: int

    @property
    def facts(self) -> Mapping[str, int]:
        """As JSON values."""
        return asdict(self)


def brings(row: Row) -> bool:
    """Say whether an import would book an opening balance for this row."""
    return row.fate in (Fate.NEW, Fate.CHANGED) and "balance_fen" in row.values


def totals(sheets: Sheets) -> Totals:
    """Return what the opening balances that would be booked come to."""
    told = [row.values["balance_fen"] for row in sheets[SheetKind.ACCOUNTS] if brings(row)]
    return Totals(len(told), sum(fen for fen in told if fen > 0), -sum(fen for fen in told if fen < 0))
