"""Staff hang maintenance locks and take them off, and order breakers about; and what must hold meanwhile."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from backend.kernel.db import Session
from backend.kernel.errors import ProductError
from backend.metering.causes import CLOSING, CommandCause
from backend.metering.commands.commanding import queue_command
from backend.metering.lock_models import MaintenanceLock
from backend.metering.locks import hanging as locks
from backend.metering.locks.unlocking import take_off
from backend.metering.models import Meter
from backend.runtime import Runtime
from backend.staff.models import Staff
from backend.staff.roles import Grant, StaffRole
from backend.staff.signed_in import SignedIn
from meter_bridge.protocol import CommandKind
from tests.simulation.facts import Facts, Row
from tests.simulation.invariants import newly_permitted_of
from tests.simulation.meters import WatchedMeter
from tests.simulation.scene import Scene

ACT_EVERY = 5.0
ORDER_LASTS = 40.0
PEOPLE = ("locker one", "locker two")
ORDERS = (CommandKind.CLOSE_BREAKER, CommandKind.CLOSE_BREAKER, CommandKind.OPEN_BREAKER)


def hire(session: Session, organisation_id: int) -> list[int]:
    """Add those who hang locks; return their numbers."""
    now = session.clock.now()
    people = [Staff(organisation_id=organisation_id, login=name, name=name, created_at=now) for name in PEOPLE]
    session.add_all(people)
    session.flush()
    return [each.id for each in people]


class Lockers:
    """People who do so as often as the plan says; in calm they take every lock off and order nothing."""

    def __init__(self, scene: Scene, runtime: Runtime, people: Sequence[int], group_id: int) -> None:
        self._scene, self._runtime, self._group = scene, runtime, group_id
        self._people, self._chance = people, scene.chance.stream("locks")

    async def work(self) -> None:
        """Act now and then, for ever; without locks in the plan never."""
        while self._scene.plan.locks:
            await asyncio.sleep(ACT_EVERY)
            for act in (self._let_go, self._hang, self._order):
                if act != self._let_go and not self._is_due():
                    continue
                try:
                    await self._scene.hosts["web"].run(lambda act=act: self._run(act))  # type: ignore[misc] # bound here
                except (ConnectionResetError, DBAPIError, ProductError) as error:
                    self._scene.story.tell("locker", f"is refused: {type(error).__name__}")

    def _run(self, act: Callable[[Session], object]) -> None:
        self._runtime.database.run(act)
        self._runtime.bell.ring("commands")

    def _let_go(self, session: Session) -> None:
        hung = select(MaintenanceLock).filter_by(taken_off_at=None).order_by(MaintenanceLock.id)
        for lock in session.scalars(hung).all():
            if self._scene.chance.calm or self._chance.random() < self._scene.plan.locks / 2:
                who = self._who(lock.organisation_id, lock.hung_by)
                take_off(session, who=who, lock_id=lock.id, request_id="locks")
                self._scene.story.tell("locker", f"takes lock {lock.id} off")

    def _hang(self, session: Session) -> None:
        meter, sign = self._meter(session), locks.Sign("work")
        who = self._who(meter.organisation_id, self._chance.choice(self._people))
        if self._chance.random() < 0.3:
            lock = locks.lock_group(session, who=who, group_id=self._group, sign=sign, request_id="locks")
        else:
            lock = locks.lock_breaker(session, who=who, meter_id=meter.id, sign=sign, request_id="locks")
        self._scene.story.tell("locker", f"hangs lock {lock.id} on {lock.meter_id or 'the group'}")

    def _order(self, session: Session) -> None:
        meter, kind = self._meter(session), self._chance.choice(ORDERS)
        self._scene.story.tell("staff", f"orders {kind.value} of meter {meter.unit}")
        more = {"cause": CommandCause.STAFF, "request_id": "order"}
        queue_command(session, meter=meter, kind=kind, expires_in=ORDER_LASTS, **more)  # type: ignore[arg-type] # both fit

    def _is_due(self) -> bool:
        return not self._scene.chance.calm and self._chance.random() < self._scene.plan.locks

    def _meter(self, session: Session) -> Meter:
        return self._chance.choice(session.scalars(select(Meter).order_by(Meter.id)).all())

    def _who(self, organisation_id: int, number: int) -> SignedIn:
        grants = (Grant(StaffRole.TECHNICIAN, None),)
        return SignedIn(0, number, organisation_id, "locker", "locker", grants, self._scene.local_now())


class LockWatch:
    """Looks after each commit: no permission that could close a breaker is newer than a lock that hangs on it."""

    def __init__(self) -> None:
        self._commands: dict[int, Row] = {}
        self._hung: set[tuple[int, int]] = set()
        self._closings: list[tuple[int, datetime]] = []

    def look(self, facts: Facts) -> str | None:
        """Whoever hung a lock may work as soon as what was permitted before has ended: nothing is permitted after."""
        hung = {(lock["lock_id"], lock["meter_id"]) for lock in facts.rows["locks"]}
        stopped = {meter for _, meter in hung & self._hung}
        new = [c for c in newly_permitted_of(facts.commands, self._commands) if _may_close(c)]
        self._commands, self._hung = facts.command_of, hung
        for command in new:
            order = json.loads(command["signed"]["payload"])
            self._closings.append((command["meter_id"], datetime.fromisoformat(order["expires_at"])))
        found = next((c for c in new if c["meter_id"] in stopped), None)
        return f"nothing is closed under a lock: command {found['id']} was permitted" if found else None

    def write(self, facts: Facts, meter: WatchedMeter, now: datetime) -> str | None:
        """Every closing that leaves a bridge has a stored permission that has not ended."""
        found = self.look(facts)
        known = next(row["id"] for row in facts.meters if row["unit"] == meter.unit)
        valid = [ends for number, ends in self._closings if number == known and ends > now]
        return found or (None if valid else f"nothing is closed under a lock: meter {meter.unit} without permission")


def _may_close(command: Row) -> bool:
    supply = (command["before"] or {}).get("supply")
    return command["kind"] in CLOSING or (command["kind"] == "top_up" and supply != "closed")
