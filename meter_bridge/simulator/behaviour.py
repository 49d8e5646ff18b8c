"""How meters take money: one small class for each rule. Pure."""

from dataclasses import dataclass
from typing import Protocol

from meter_bridge.protocol import MoneyCapability

ILLEGAL_FUNCTION = 1
ILLEGAL_VALUE = 3
WRONG_NUMBER = 1 << 5


@dataclass(slots=True)
class Wallet:
    """What a meter remembers of its purchases, in the credit unit."""

    balance: int = 0
    purchase_count: int = 0
    cumulative: int = 0
    last_purchase: int = 0
    error_word: int = 0

    def add(self, amount: int) -> None:
        """Take credit in."""
        self.balance += amount
        self.cumulative += amount
        self.last_purchase = amount
        self.purchase_count += 1
        self.error_word = 0


class Behaviour(Protocol):
    """Whether a meter takes a purchase: 0, or the Modbus exception it answers."""

    def take(self, wallet: Wallet, amount: int, purchase_no: int) -> int:
        """Take the purchase, or refuse it."""


class Counted:
    """Takes a purchase only under the next number: the same one told twice is taken once."""

    def take(self, wallet: Wallet, amount: int, purchase_no: int) -> int:
        """Take the purchase, or leave the error bit and refuse."""
        if purchase_no != wallet.purchase_count + 1 or amount <= 0:
            wallet.error_word |= WRONG_NUMBER
            return ILLEGAL_VALUE
        wallet.add(amount)
        return 0


class Additive:
    """Adds whatever is written."""

    def take(self, wallet: Wallet, amount: int, purchase_no: int) -> int:
        """Take the purchase."""
        wallet.add(amount)
        return 0


class NoWallet:
    """Takes no money."""

    def take(self, wallet: Wallet, amount: int, purchase_no: int) -> int:
        """Refuse."""
        return ILLEGAL_FUNCTION


BEHAVIOURS: dict[MoneyCapability, Behaviour] = {
    MoneyCapability.COUNTER_CAS: Counted(),
    MoneyCapability.ADDITIVE_BLIND: Additive(),
    MoneyCapability.PLATFORM_WALLET: NoWallet(),
}
