"""People who are told: a park whose meter says what a test wants, and what then arrived at WeChat and in the inbox."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, select, update

from backend.jobs import drains
from backend.kernel.outbox import Event
from backend.metering.models import Meter
from backend.notices.models import Delivery, DeliveryState
from meter_bridge.protocol import Evidence, Reading, ReadingsRequest, SupplyState
from tests.flows.bridge_world import START
from tests.flows.conftest import World
from tests.flows.h5_world import Browser, follower
from tests.flows.people_world import LONG_AGO
from tests.flows.town import Town
from tests.park import Metered

STANDING_FEN = 3000  # what the meter holds when a test begins


@dataclass
class MessagesWorld:
    """The park, seen from charlie's holder; nobody was told of anything yet."""

    world: World
    superuser: Engine
    town: Town = field(init=False)
    minutes: int = 60
    crossed_before: int = 0

    def __post_init__(self) -> None:
        self.town = Town(self.world.runtime, self.superuser, self.world.park)
        drains.run_all(self.world.runtime)
        self.crossed_before = self._crossings()

    @property
    def metered(self) -> Metered:
        """The meter the tests are about."""
        return self.world.park.other

    def person(self) -> str:
        """Return a name nobody had before: the world outside forgets nobody."""
        return "p" + self.world.runtime.database.entropy.code(8)

    def follower(self, name: str = "") -> Browser:
        """Return the browser of somebody bound to the holder of the meter."""
        return follower(self.world, name or self.person(), self.metered)

    def read(self, balance: int | None, *, metered: Metered | None = None, late: bool = False) -> None:
        """Let the meter be read a minute later (or, late, be told of an hour ago), and a ticker come by."""
        self.minutes += 0 if late else 1
        meter: Meter = (metered or self.metered).meter
        at = START + timedelta(minutes=self.minutes - 30 if late else self.minutes)
        evidence = Evidence(read_at=at, serial=meter.serial, balance=balance, supply=SupplyState.CLOSED)
        reading = Reading(meter=meter.reference, evidence=evidence)
        told = ReadingsRequest(instance=self.town.bridge.instance, readings=[reading])
        assert self.town.bridge.post("readings", told).status_code == 200
        drains.run_all(self.world.runtime)

    def credit(self, amount_fen: int, *, metered: Metered | None = None) -> str:
        """Let a payment come in and reach the meter, and a ticker come by."""
        order_no = self.town.credit(metered or self.metered, amount_fen)
        drains.run_all(self.world.runtime)
        return order_no

    def at_wechat(self, browser: Browser) -> list[dict[str, Any]]:
        """Return the bodies of the messages that reached a person at WeChat, the oldest first."""
        told = self.world.sandbox.control(f"messages?person={browser.person}")
        return [json.loads(message["body"]) for message in reversed(told)]

    def crossings(self) -> int:
        """Count the low-credit events of the meter since the test began."""
        return self._crossings() - self.crossed_before

    def _crossings(self) -> int:
        meter = self.metered.meter.id
        with self.world.runtime.database.transaction() as session:
            events = session.scalars(select(Event).where(Event.topic == "low_credit")).all()
        return len([event for event in events if event.facts["meter_id"] == meter])

    def deliveries(self, channel: str = "official_account") -> list[tuple[DeliveryState, str | None]]:
        """Return state and proof of every delivery over a channel, the oldest first."""
        with self.world.runtime.database.transaction() as session:
            found = session.scalars(select(Delivery).filter_by(channel=channel).order_by(Delivery.id)).all()
        return [(delivery.state, delivery.proof) for delivery in found]

    def let_waits_end(self) -> None:
        """Let every wait before a next attempt be over, and a ticker come by."""
        with self.world.runtime.database.transaction() as session:
            session.execute(update(Delivery).values(next_attempt_at=LONG_AGO))
        drains.run_all(self.world.runtime)
