"""The books: every table the sandbox keeps."""

from pathlib import Path

from sandbox.records import (
    BillFile,
    Callback,
    Code,
    Delivery,
    Identity,
    Message,
    Order,
    Payment,
    Person,
    Prepay,
    Refund,
    Shipment,
    Switches,
    Token,
)
from sandbox.store import Store, Table


class Books:
    """All records of one sandbox; without a path they live in memory."""

    def __init__(self, path: Path | None = None) -> None:
        store = self.store = Store(path)
        self.orders = Table(store, Order, "out_trade_no")
        self.prepays = Table(store, Prepay, "token", ref="out_trade_no")
        self.payments = Table(store, Payment, "transaction_id", ref="out_trade_no")
        self.refunds = Table(store, Refund, "out_refund_no", ref="transaction_id")
        self.callbacks = Table(store, Callback, "key", ref="out_trade_no", due="due")
        self.deliveries = Table(store, Delivery, "key", ref="out_trade_no")
        self.persons = Table(store, Person, "name")
        self.identities = Table(store, Identity, "openid", ref="person")
        self.codes = Table(store, Code, "code")
        self.tokens = Table(store, Token, "token", ref="appid")
        self.messages = Table(store, Message, "msgid", ref="client_msg_id")
        self.shipments = Table(store, Shipment, "transaction_id")
        self.bill_files = Table(store, BillFile, "token")
        self.switches = Table(store, Switches, "name")
