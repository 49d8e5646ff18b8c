"""How long it takes, after the last fault, until everything has come to its end."""

from dataclasses import dataclass, field

import requests
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.kernel.clock import SystemClock
from tests.chaos.person import Person
from tests.chaos.site import Site

# What waits for a person, and what waits behind it, is not what the product could settle by itself.
HELD = "SELECT meter_id FROM meter_command WHERE state = 'held'"
QUESTIONS = {
    "money": f"""
        SELECT count(*) FROM credit_order o LEFT JOIN meter_command c ON c.id = o.command_id
        WHERE o.state = 'placed'
           OR o.state = 'paid' AND c.state NOT IN ('refused', 'cancelled') AND o.meter_id NOT IN ({HELD})
    """,
    "commands": f"""
        SELECT count(*) FROM meter_command
        WHERE settled_at IS NULL AND (kind <> 'top_up' OR meter_id NOT IN ({HELD}))
    """,
    "supply": """
        SELECT count(*) FROM meter m JOIN account_meter l ON l.meter_id = m.id JOIN account a ON a.id = l.account_id
        LEFT JOIN meter_status s ON s.meter_id = m.id
        WHERE a.billing = 'platform' AND a.wallet_fen > 0 AND s.supply IS DISTINCT FROM 'closed'
    """,
    "receipts": "SELECT count(*) FROM receipt_fate WHERE disposition = 'pending'",
    "events": "SELECT count(*) FROM event WHERE told_at IS NULL",
}
LIMITS = {"money": 30.0, "commands": 30.0, "supply": 30.0, "receipts": 30.0, "events": 120.0, "callbacks": 120.0}
GLANCE = 0.1


@dataclass
class Settling:
    """Watches until everything is settled, and remembers when each thing was."""

    site: Site
    seconds: dict[str, float] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)

    def watch(self, patience: float = 150.0) -> bool:
        """Return when everything is settled; False when it was not in time, and `left` says what."""
        clock = SystemClock()
        begun = clock.monotonic()
        while clock.monotonic() - begun < patience:
            self.left = self._look()
            for name, count in self.left.items():
                if count:
                    self.seconds.pop(name, None)  # it came back
                else:
                    self.seconds.setdefault(name, clock.monotonic() - begun)
            if not any(self.left.values()):
                return True
            clock.sleep(GLANCE)
        return False

    def late(self) -> dict[str, float]:
        """Return what took longer than it may, or never came."""
        never = float("inf")
        return {name: self.seconds.get(name, never) for name in LIMITS if self.seconds.get(name, never) > LIMITS[name]}

    def _look(self) -> dict[str, int]:
        try:
            with self.site.runtime.database.transaction() as session:
                left = {name: int(session.scalar(text(query)) or 0) for name, query in QUESTIONS.items()}
        except DBAPIError:
            return dict.fromkeys(LIMITS, 1)
        return left | {"callbacks": len(requests.get(f"{self.site.sandbox}/_control/pending", timeout=10).json())}


def until_all_is_credited(site: Site, person: Person, patience: float = 60.0) -> bool:
    """Let the person settle what waited for them; say whether every order is credited then."""
    clock = SystemClock()
    end = clock.monotonic() + patience
    while _uncredited(site) and clock.monotonic() < end:
        person.look()
        clock.sleep(GLANCE)
    return not _uncredited(site)


def _uncredited(site: Site) -> int:
    with site.runtime.database.transaction() as session:
        return int(session.scalar(text("SELECT count(*) FROM credit_order WHERE state <> 'credited'")) or 0)
