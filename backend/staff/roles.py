"""Roles and permissions of staff: pure values, the one place that says who may what."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """One thing staff may do or see."""

    VIEW_ESTATE = "view_estate"
    CHANGE_ESTATE = "change_estate"
    IMPORT_ESTATE = "import_estate"
    APPROVE_OPENING = "approve_opening"
    SEE_PERSONAL = "see_personal"
    DECIDE_REGISTRATIONS = "decide_registrations"
    MANAGE_BINDINGS = "manage_bindings"
    OPEN_ACCOUNTS = "open_accounts"
    VIEW_MONEY = "view_money"
    SELL = "sell"
    REFUND = "refund"
    APPROVE_REFUND = "approve_refund"
    CHANGE_PRICES = "change_prices"
    APPROVE_PRICES = "approve_prices"
    OPERATE_BREAKERS = "operate_breakers"
    SET_PARAMETERS = "set_parameters"
    BULK_CUT_OFF = "bulk_cut_off"
    APPROVE_CUT_OFF = "approve_cut_off"
    INSTALL_METERS = "install_meters"
    LOCK_FOR_MAINTENANCE = "lock_for_maintenance"
    VIEW_AUDIT = "view_audit"
    MANAGE_STAFF = "manage_staff"
    ERASE_PEOPLE = "erase_people"


class StaffRole(StrEnum):
    """What somebody works as; each role is a set of permissions."""

    ADMINISTRATOR = "administrator"
    PARK_LEADER = "park_leader"
    FINANCE = "finance"
    CASHIER = "cashier"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"


class ApprovalKind(StrEnum):
    """What takes two persons."""

    REFUND = "refund"
    PRICE_CHANGE = "price_change"
    BULK_CUT_OFF = "bulk_cut_off"
    OPENING_BALANCES = "opening_balances"
    LOCK_REMOVAL = "lock_removal"


_P = Permission
_LOOK = frozenset({_P.VIEW_ESTATE})
_DESK = _LOOK | {_P.SEE_PERSONAL, _P.DECIDE_REGISTRATIONS, _P.MANAGE_BINDINGS, _P.OPEN_ACCOUNTS, _P.VIEW_MONEY, _P.SELL}
_FIELD = _LOOK | {_P.OPERATE_BREAKERS, _P.SET_PARAMETERS, _P.INSTALL_METERS, _P.LOCK_FOR_MAINTENANCE}
PERMISSIONS: dict[StaffRole, frozenset[Permission]] = {
    StaffRole.ADMINISTRATOR: frozenset(Permission),
    StaffRole.PARK_LEADER: _DESK
    | _FIELD
    | {_P.CHANGE_ESTATE, _P.IMPORT_ESTATE, _P.APPROVE_REFUND, _P.BULK_CUT_OFF, _P.APPROVE_CUT_OFF, _P.VIEW_AUDIT},
    StaffRole.FINANCE: _DESK
    | {_P.REFUND, _P.APPROVE_REFUND, _P.CHANGE_PRICES, _P.APPROVE_PRICES, _P.SET_PARAMETERS}
    | {_P.APPROVE_OPENING, _P.VIEW_AUDIT},
    StaffRole.CASHIER: _DESK | {_P.REFUND},
    StaffRole.TECHNICIAN: _FIELD,
    StaffRole.AUDITOR: _LOOK | {_P.VIEW_MONEY, _P.VIEW_AUDIT},
}
# Who may ask, and who may agree; asking and agreeing are never one person.
APPROVALS: dict[ApprovalKind, tuple[Permission, Permission]] = {
    ApprovalKind.REFUND: (_P.REFUND, _P.APPROVE_REFUND),
    ApprovalKind.PRICE_CHANGE: (_P.CHANGE_PRICES, _P.APPROVE_PRICES),
    ApprovalKind.BULK_CUT_OFF: (_P.BULK_CUT_OFF, _P.APPROVE_CUT_OFF),
    ApprovalKind.OPENING_BALANCES: (_P.IMPORT_ESTATE, _P.APPROVE_OPENING),
    ApprovalKind.LOCK_REMOVAL: (_P.LOCK_FOR_MAINTENANCE, _P.LOCK_FOR_MAINTENANCE),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in one park, or with None in the whole organisation."""

    role: StaffRole
    park_id: int | None


def parks_with(grants: Iterable[Grant], permission: Permission) -> frozenset[int] | None:
    """Return the parks in which the grants give a permission, None for every park; empty: nowhere."""
    parks = {grant.park_id for grant in grants if permission in PERMISSIONS[grant.role]}
    return None if None in parks else frozenset(park for park in parks if park is not None)


def allows(grants: Iterable[Grant], permission: Permission, park_id: int | None = None) -> bool:
    """Say whether the grants give a permission in a park; without a park, in the whole organisation."""
    parks = parks_with(grants, permission)
    return parks is None or (park_id is not None and park_id in parks)


def exceeds(given: StaffRole, grants: Iterable[Grant], park_id: int | None) -> bool:
    """Say whether a role would give somebody more than its giver has there."""
    held = list(grants)
    return not all(allows(held, permission, park_id) for permission in PERMISSIONS[given])
