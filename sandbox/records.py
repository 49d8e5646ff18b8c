"""What the sandbox remembers. Amounts in fen, times in seconds since 1970."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """An order a merchant placed; `fingerprint` is every parameter it was placed with."""

    out_trade_no: str
    mchid: str
    appid: str
    trade_type: str
    description: str
    attach: str
    total: int
    openid: str
    notify_url: str
    time_expire: str
    fingerprint: str
    placed_at: float
    closed: bool = False


@dataclass(frozen=True)
class Prepay:
    """A prepay_id or code_url under which an order may be paid."""

    token: str
    out_trade_no: str


@dataclass(frozen=True)
class Payment:
    """Money that left a payer's wallet; two of one order are possible."""

    transaction_id: str
    out_trade_no: str
    mchid: str
    appid: str
    openid: str
    amount: int
    fee: int
    paid_at: float
    event_id: str


@dataclass(frozen=True)
class Refund:
    """Money on its way back; `settles_at` is when it arrives, with `outcome`."""

    out_refund_no: str
    refund_id: str
    out_trade_no: str
    transaction_id: str
    mchid: str
    amount: int
    total: int
    fee_returned: int
    reason: str
    created_at: float
    settles_at: float
    outcome: str


@dataclass(frozen=True)
class Callback:
    """One event to be told to one address; `due` is None once it is told or given up."""

    key: str
    event_id: str
    out_trade_no: str
    notify_url: str
    event_type: str
    plaintext: str
    created_at: float
    due: float | None
    flaw: str = ""
    resend: bool = True
    attempts: int = 0


@dataclass(frozen=True)
class Delivery:
    """One attempt to tell a callback; status 0 means nobody answered in time."""

    key: str
    event_id: str
    out_trade_no: str
    event_type: str
    attempt: int
    at: float
    flaw: str
    status: int
    accepted: bool


@dataclass(frozen=True)
class Person:
    """Somebody with WeChat; `subscribe_quota` counts subscribe messages still accepted, None is endless."""

    name: str
    phone: str
    subscribed: bool = True
    subscribe_quota: int | None = None


@dataclass(frozen=True)
class Identity:
    """A person as one app sees them."""

    openid: str
    appid: str
    person: str


@dataclass(frozen=True)
class Code:
    """A code that can be exchanged once; purpose is login or phone."""

    code: str
    appid: str
    person: str
    purpose: str
    minted_at: float
    used: bool = False


@dataclass(frozen=True)
class Token:
    """An access token; kind is plain or stable."""

    token: str
    appid: str
    kind: str
    valid_until: float


@dataclass(frozen=True)
class Message:
    """A message a person received."""

    msgid: str
    channel: str
    appid: str
    openid: str
    person: str
    template_id: str
    body: str
    client_msg_id: str
    sent_at: float


@dataclass(frozen=True)
class Shipment:
    """Shipping information uploaded for a payment."""

    transaction_id: str
    body: str
    uploaded_at: float


@dataclass(frozen=True)
class BillFile:
    """A bill behind a download link."""

    token: str
    text: str
    valid_until: float


@dataclass(frozen=True)
class Switches:
    """What goes wrong on purpose; docs/sandbox.md explains each."""

    name: str = "switches"
    fail_next: int = 0
    fail_code: str = "SYSTEM_ERROR"
    fail_status: int = 500
    fail_path: str = "/"
    lose_next: int = 0
    response_delay: float = 0.0
    probe_callbacks: float = 0.0
    probe_callbacks_next: int = 0
    probe_responses: float = 0.0
    probe_responses_next: int = 0
    callbacks_off: bool = False
    refund_delay: float = 1.0
    refund_outcome: str = "SUCCESS"
    bills_at_once: bool = False
    trade_managed: bool = False
