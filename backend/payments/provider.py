"""What a way to pay must be able to do. One file in providers/ is one way to pay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from requests.adapters import BaseAdapter

from backend.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant account as a provider needs it: opened keys, and where the provider calls us back."""

    mchid: str
    appid: str
    keys: Mapping[str, str]
    notify_url: str


@dataclass(frozen=True, slots=True)
class Outside:
    """What a provider takes from outside: the wire, its origin, the time, and how long it may wait."""

    adapter: BaseAdapter
    origin: str
    clock: Clock
    timeout: float


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is to be paid: amount in fen, by whom, until when."""

    order_no: str
    amount_fen: int
    description: str
    openid: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Payment:
    """Money the provider says it received; refunded: some or all of it went back, by somebody's hand, not ours."""

    transaction_no: str
    order_no: str
    amount_fen: int
    currency: str
    appid: str
    mchid: str
    paid_at: datetime
    refunded: bool = False


class PaymentState(StrEnum):
    """What a provider knows of an order."""

    PAID = "paid"
    OPEN = "open"
    CLOSED = "closed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer to a question about an order; body is the raw text, kept as evidence when paid."""

    state: PaymentState
    payment: Payment | None
    body: bytes


class RejectReason(StrEnum):
    """Why a callback was not believed."""

    NOT_AUTHENTIC = "not_authentic"
    PROBE = "probe"  # the provider tests whether we check signatures
    STALE = "stale"  # signed well, but too long ago
    MALFORMED = "malformed"


class RejectedError(Exception):
    """A callback that is not believed. order_no is set where the signature was good and only the age was not."""

    def __init__(self, reason: RejectReason, order_no: str | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.order_no = order_no


class UnansweredError(Exception):
    """The provider gave no answer that can be believed: nothing is known, ask again."""


class RefusedError(Exception):
    """The provider said no, in an answer; code is the provider's own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Provider(Protocol):
    """One merchant account at one way to pay."""

    code: ClassVar[str]
    required_keys: ClassVar[frozenset[str]]

    def __init__(self, merchant: Merchant, outside: Outside) -> None:
        """Prepare without touching the network; raises ValueError for unusable keys."""
        ...

    def prepay(self, purchase: Purchase) -> dict[str, Any]:
        """Announce an order and return what the client needs to pay it. Raises UnansweredError, RefusedError."""
        ...

    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Payment | None:
        """Return the payment a callback tells of, None for other news. Raises RejectedError unless authentic."""
        ...

    def query(self, order_no: str) -> Answer:
        """Ask what became of an order. Raises UnansweredError."""
        ...

    def close(self, order_no: str) -> PaymentState:
        """Close an order; PAID when it was paid before, MISSING when it is not known there, or not yet.

        Raises UnansweredError, RefusedError.
        """
        ...
