"""What the database says of money, fetched in one statement; what the promises are checked against."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import psycopg

from tests.simulation.meters import WatchedMeter

# Each part of what is looked at: the tables it is made of, and how it is read.
PARTS = {
    "receipts": (
        ("receipt", "receipt_fate"),
        """SELECT coalesce(json_agg(r ORDER BY r.id), '[]') FROM (SELECT r.id, r.transaction_no, r.order_no,
    r.amount_fen, f.disposition, f.applied_at FROM receipt r LEFT JOIN receipt_fate f ON f.receipt_id = r.id) r""",
    ),
    "orders": (
        ("credit_order",),
        """SELECT coalesce(json_agg(o ORDER BY o.id), '[]') FROM (SELECT id, order_no, state, amount_fen, meter_id,
    account_id, command_id, next_query_at FROM credit_order) o""",
    ),
    "commands": (
        ("meter_command",),
        """SELECT coalesce(json_agg(c ORDER BY c.id), '[]') FROM (SELECT id, reference, meter_id, kind, cause,
    amount, state, epoch, purchase_no, before, signed, sent_at, attempts, note, seq FROM meter_command) c""",
    ),
    "transfers": (
        ("ledger_transfer", "ledger_account"),
        """SELECT coalesce(json_agg(t ORDER BY t.id), '[]') FROM (SELECT t.id, t.amount_fen, t.idempotency_key,
    d.kind AS debit, d.subject_id AS debit_subject, d.epoch AS debit_epoch,
    c.kind AS credit, c.subject_id AS credit_subject, c.epoch AS credit_epoch
    FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_id JOIN ledger_account c ON c.id = t.credit_id) t""",
    ),
    "wallets": (("account",), "SELECT json_object_agg(id, wallet_fen) FROM account"),
    "meters": (
        ("meter",),
        """SELECT json_agg(m ORDER BY m.id) FROM (SELECT id, reference, unit, serial, capability, epoch, frozen_reason
    FROM meter) m""",
    ),
    "lines": (
        ("line",),
        """SELECT json_agg(l) FROM (SELECT id, bridge_id, extract(epoch FROM leased_until) AS leased_until
    FROM line) l""",
    ),
    "locks": (
        ("maintenance_lock", "meter_group_member"),
        """SELECT coalesce(json_agg(h), '[]') FROM (SELECT k.id AS lock_id, coalesce(k.meter_id, g.meter_id) AS meter_id
    FROM maintenance_lock k LEFT JOIN meter_group_member g ON g.group_id = k.group_id
    WHERE k.taken_off_at IS NULL) h""",
    ),
    "events": (
        ("event",),
        "SELECT coalesce(json_agg(json_build_array(topic, key, told_at IS NOT NULL)), '[]') FROM event",
    ),
}
TABLES = frozenset(chain.from_iterable(tables for tables, _ in PARTS.values()))
# The database works out only the parts that are asked for.
LAZILY = (f"'{part}', CASE WHEN %({part})s THEN ({sql}) END" for part, (_, sql) in PARTS.items())
SQL = f"SELECT json_build_object({', '.join(LAZILY)})"

UNSETTLED = ("queued", "leased", "sending", "unknown", "held")
IN_FLIGHT = ("leased", "sending", "unknown", "held")
Row = dict[str, Any]
Place = tuple[str, int, int]


@dataclass(frozen=True)
class Facts:
    """Rows of the database, and the meters themselves."""

    rows: dict[str, Any]
    standing: dict[int, WatchedMeter]

    @property
    def receipts(self) -> list[Row]:
        """Money that arrived, with what became of it."""
        return list(self.rows["receipts"])

    @property
    def orders(self) -> list[Row]:
        """Orders for credit."""
        return list(self.rows["orders"])

    @property
    def commands(self) -> list[Row]:
        """All commands."""
        return list(self.rows["commands"])

    @cached_property
    def top_ups(self) -> list[Row]:
        """Commands that carry money."""
        return [command for command in self.commands if command["kind"] == "top_up"]

    @property
    def meters(self) -> list[Row]:
        """Meters as we know them."""
        return list(self.rows["meters"])

    @cached_property
    def command_of(self) -> dict[int, Row]:
        """Commands by number."""
        return {command["id"]: command for command in self.commands}

    @cached_property
    def events(self) -> set[str]:
        """Keys of all events; they begin with the topic."""
        return {key for _, key, _ in self.rows["events"]}

    @cached_property
    def balances(self) -> dict[Place, int]:
        """What each place of the ledger holds, rebuilt from every movement."""
        held: dict[Place, int] = {}
        for move in self.rows["transfers"]:
            debit = (move["debit"], move["debit_subject"], move["debit_epoch"])
            credit = (move["credit"], move["credit_subject"], move["credit_epoch"])
            held[debit] = held.get(debit, 0) - move["amount_fen"]
            held[credit] = held.get(credit, 0) + move["amount_fen"]
        return held

    def held(self, kind: str, subject: int, epoch: int = 0) -> int:
        """Return what one place holds."""
        return self.balances.get((kind, subject, epoch), 0)

    @property
    def is_for_people(self) -> bool:
        """Whether anything waits for somebody to decide."""
        stopped = any(meter["frozen_reason"] for meter in self.meters)
        return stopped or any(command["state"] in ("held", "refused") for command in self.top_ups)

    def topics(self, topic: str) -> int:
        """Count the events of a topic."""
        return sum(1 for name, _, _ in self.rows["events"] if name == topic)

    def standing_of(self, meter: Row) -> WatchedMeter:
        """Return the meter that hangs in the place of a known one."""
        return self.standing[meter["unit"]]


def gather(
    looker: psycopg.Connection[Any],
    standing: dict[int, WatchedMeter],
    before: Facts | None = None,
    touched: AbstractSet[str] = TABLES,
) -> Facts:
    """Look at everything, at one instant. looker: a connection that commits by itself.

    before: an earlier look, since when only the touched tables can have changed: no others are read again.
    """
    known = before.rows if before is not None else {}
    asked = {part: part not in known or not touched.isdisjoint(tables) for part, (tables, _) in PARTS.items()}
    if not any(asked.values()):
        return Facts(known, standing)
    row = looker.execute(SQL, asked).fetchone()
    read = row[0] if row else {}
    return Facts({part: read[part] if asked[part] else known[part] for part in PARTS}, standing)
