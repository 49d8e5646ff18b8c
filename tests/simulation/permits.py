"""Promises about single moments: a write leaving a bridge, and permission given since the look before."""

import json
from collections import Counter
from datetime import datetime

from tests.simulation.facts import Facts, Row
from tests.simulation.invariants import newly_permitted
from tests.simulation.meters import Money, WatchedMeter


class Permits:
    """Remembers every permission that was ever stored, what was written under it, and what was frozen."""

    def __init__(self) -> None:
        self._commands: dict[int, Row] = {}
        self._frozen: set[int] = set()
        self._lines: dict[int, Row] = {}
        self._orders: dict[str, tuple[int, Row]] = {}
        self._spent: Counter[str] = Counter()

    def look(self, facts: Facts, now: datetime) -> str | None:
        """A line is lent to one bridge at a time, and a frozen meter gets no permission: it must be let go before."""
        taken = self._taken_early(facts, now.timestamp())
        if taken:
            return taken
        frozen = {meter["id"] for meter in facts.meters if meter["frozen_reason"]}
        stopped = frozen & self._frozen
        found = next((c for c in newly_permitted(self._commands, facts) if c["meter_id"] in stopped), None)
        self._commands, self._frozen = facts.command_of, frozen
        for command in facts.top_ups:
            if command["signed"] and command["signed"]["signature"] not in self._orders:
                order = json.loads(command["signed"]["payload"])
                self._orders[command["signed"]["signature"]] = (command["meter_id"], order)
        return f"a frozen meter gets no money: command {found['id']} was permitted" if found else None

    def _taken_early(self, facts: Facts, now: float) -> str | None:
        before, self._lines = self._lines, {line["id"]: line for line in facts.rows["lines"]}
        for number, line in self._lines.items():
            held = before.get(number, line)
            if line["bridge_id"] != held["bridge_id"] is not None and held["leased_until"] > now:
                return f"a line is lent to one bridge at a time: line {number} was taken before its lease ended"
        return None

    def write(self, facts: Facts, meter: WatchedMeter, money: Money, now: datetime) -> str | None:
        """Every write has a stored, unexpired permission for just this; a meter that adds blindly, one for each.

        A run that slept may write after another run has read the meter back, but never after its permission ended.
        """
        self.look(facts, now)
        known = next(row for row in facts.meters if row["unit"] == meter.unit)
        stored = [
            (self._spent[signature], signature, order)
            for signature, (meter_id, order) in self._orders.items()
            if meter_id == known["id"] and (order["amount"], order["purchase_no"]) == (money.amount, money.number)
        ]
        if not stored:
            return f"meter {meter.unit} is written to without a stored permission for this"
        valid = [one for one in stored if datetime.fromisoformat(one[2]["expires_at"]) > now]
        if not valid:
            return f"meter {meter.unit} is written to after the permission expired"
        spent, signature, _ = min(valid, key=lambda one: one[0])
        self._spent[signature] += 1
        if known["capability"] == "additive_blind" and spent:
            return f"meter {meter.unit} adds whatever is written and was written to twice under one permission"
        return None
