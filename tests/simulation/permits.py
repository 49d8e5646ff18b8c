"""Promises about single moments: a write leaving a bridge, and permission given since the look before."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from tests.simulation.facts import Facts, Row
from tests.simulation.invariants import newly_permitted
from tests.simulation.meters import Money, WatchedMeter


class Permits:
    """Remembers what was permitted and what was frozen at the last look."""

    def __init__(self) -> None:
        self._commands: dict[int, Row] = {}
        self._frozen: set[int] = set()
        self._spent: Counter[str] = Counter()

    def look(self, facts: Facts) -> str | None:
        """A frozen meter gets no permission: it must have been let go before."""
        frozen = {meter["id"] for meter in facts.meters if meter["frozen_reason"]}
        stopped = frozen & self._frozen
        found = next((c for c in newly_permitted(self._commands, facts) if c["meter_id"] in stopped), None)
        self._commands, self._frozen = facts.command_of, frozen
        return f"a frozen meter gets no money: command {found['id']} was permitted" if found else None

    def write(self, facts: Facts, meter: WatchedMeter, money: Money, now: datetime) -> str | None:
        """Every write has a stored, unexpired permission for just this; a meter that adds blindly, one for each."""
        return next(self._faults_of_write(facts, meter, money, now), None)

    def _faults_of_write(self, facts: Facts, meter: WatchedMeter, money: Money, now: datetime) -> Iterator[str]:
        known = next(row for row in facts.meters if row["unit"] == meter.unit)
        under = [c for c in facts.top_ups if c["meter_id"] == known["id"] and c["state"] == "sending"]
        if not under:
            yield f"meter {meter.unit} is written to without a stored intent"
            return
        order = json.loads(under[0]["signed"]["payload"])
        if (order["amount"], order["purchase_no"]) != (money.amount, money.number):
            yield f"meter {meter.unit} is written {money.amount} fen no. {money.number}, permitted was {order}"
        if datetime.fromisoformat(order["expires_at"]) <= now:
            yield f"meter {meter.unit} is written to after the permission expired"
        self._spent[under[0]["signed"]["signature"]] += 1
        if known["capability"] == "additive_blind" and self._spent[under[0]["signed"]["signature"]] > 1:
            yield f"meter {meter.unit} adds whatever is written and was written to twice under one permission"
