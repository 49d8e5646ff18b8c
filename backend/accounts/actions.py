"""What is done to prepaid accounts, for the audit trail."""

from enum import StrEnum


class AccountAction(StrEnum):
    """One thing done to a prepaid account."""

    ACCOUNT_OPENED = "account_opened"
    OPENING_BOOKED = "opening_booked"
