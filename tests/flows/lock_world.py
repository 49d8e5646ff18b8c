"""Staff who hang maintenance locks on the meters of the bridges' park."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.kernel.db import Session
from backend.metering.group_models import MeterGroup
from backend.metering.groups.grouping import make_group, put_in_group
from backend.metering.lock_models import MaintenanceLock
from backend.metering.locks import hanging as locks
from backend.metering.locks.hanging import Sign
from backend.metering.locks.unlocking import take_off
from backend.metering.models import Meter
from backend.staff.models import Staff
from backend.staff.roles import Grant, StaffRole
from backend.staff.signed_in import SignedIn
from tests.flows.bridge_world import BridgeWorld
from tests.flows.staff_world import TESTER

SIGN = Sign("更换断路器")


@dataclass(frozen=True)
class Lockers:
    """Who may hang locks in a world of bridges."""

    world: BridgeWorld

    def hired(self, name: str, role: StaffRole = StaffRole.TECHNICIAN, proved_ago: float = 0) -> SignedIn:
        """Return somebody at a browser, who told their password so many seconds ago."""
        own, now = self.world.park.organisation.id, self.world.runtime.clock.now()

        def add(session: Session) -> int:
            staff = Staff(organisation_id=own, login=name, name=name.title(), created_at=now)
            session.add(staff)
            session.flush()
            return staff.id

        number: int = self.world.run(add)
        proved: datetime = now - timedelta(seconds=proved_ago)
        return SignedIn(0, number, own, name, name.title(), (Grant(role, None),), proved)

    def hang(self, who: SignedIn, meter: Meter, sign: Sign = SIGN) -> MaintenanceLock:
        """Hang a lock on a breaker."""
        lock: MaintenanceLock = self.world.run(
            lambda s: locks.lock_breaker(s, who=who, meter_id=meter.id, sign=sign, request_id="r")
        )
        return lock

    def hang_on_group(self, who: SignedIn, group: MeterGroup) -> MaintenanceLock:
        """Hang a lock on a group."""
        lock: MaintenanceLock = self.world.run(
            lambda s: locks.lock_group(s, who=who, group_id=group.id, sign=SIGN, request_id="r")
        )
        return lock

    def take_off(self, who: SignedIn, lock: MaintenanceLock) -> None:
        """Take one's own lock off."""
        self.world.run(lambda s: take_off(s, who=who, lock_id=lock.id, request_id="r"))

    def group(self, who: SignedIn, *meters: Meter) -> MeterGroup:
        """Return a group of these meters."""
        scope = who.scope(locks.MAY)

        def made(session: Session) -> MeterGroup:
            group = make_group(session, scope=scope, name="feeder", park_id=None, by=TESTER)
            put_in_group(session, scope=scope, group_id=group.id, meter_ids=[m.id for m in meters], by=TESTER)
            return group

        found: MeterGroup = self.world.run(made)
        return found
