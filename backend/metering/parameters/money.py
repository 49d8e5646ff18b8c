"""Which parameters are about money: what may be asked of whom, and what takes two persons. Pure."""

from collections.abc import Iterable

from backend.metering.parameters.errors import MoneyParameterError
from backend.staff.roles import Permission
from backend.staff.signed_in import SignedIn
from meter_bridge.protocol import ParameterCode

_C = ParameterCode
TWO_PERSONS = frozenset({_C.UNIT_PRICES, _C.DAY_SCHEDULES, _C.DATE_PLAN})
PRICED = TWO_PERSONS | {_C.OVERDRAFT_LIMIT}
# Without credit in the meter these mean nothing, or cut off whom our own ledger would not.
OF_CREDIT = frozenset(
    {
        *(_C.UNIT_PRICES, _C.OVERDRAFT_LIMIT, _C.HOARD_LIMIT, _C.RECLOSE_CREDIT),
        *(_C.LOW_CREDIT_THRESHOLD_1, _C.LOW_CREDIT_THRESHOLD_2, _C.LOW_CREDIT_THRESHOLD_3),
    }
)
CREDIT_NUMBERS = OF_CREDIT - {_C.UNIT_PRICES}
SET = Permission.SET_PARAMETERS


def needs_two(codes: Iterable[ParameterCode], *, meters: int = 1) -> bool:
    """Say whether a second person must agree: to any price, and to an overdraft of more than one meter."""
    several = meters > 1
    return not (PRICED if several else TWO_PERSONS).isdisjoint(codes)


def is_priced(codes: Iterable[ParameterCode]) -> bool:
    """Say whether it takes the permission to change prices and the password told again."""
    return not PRICED.isdisjoint(codes)


def require_priced(who: SignedIn, codes: Iterable[ParameterCode], park_ids: Iterable[int]) -> None:
    """Refuse prices, schedules and overdraft to who may not change them there. Raises MoneyParameterError."""
    if is_priced(codes) and not all(who.may(Permission.CHANGE_PRICES, park_id) for park_id in park_ids):
        raise MoneyParameterError
