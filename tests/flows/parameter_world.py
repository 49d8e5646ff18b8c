"""Staff who set parameters, and a bridge that says what the test lets its meters say."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.models import Meter, MeterStatus
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.carrying_out import carry_out
from backend.metering.parameters.change_models import ParameterChange, ParameterChangeItem
from backend.metering.parameters.changing import propose
from backend.metering.parameters.seeing import ParameterSight, parameters_of
from backend.metering.parameters.wish import ParameterWish, Values
from backend.runtime import Runtime
from backend.staff.approving import approve
from backend.staff.roles import StaffRole
from backend.staff.signed_in import SignedIn
from meter_bridge.profile import Parameters
from meter_bridge.protocol import (
    CommandKind,
    CommandState,
    CreditUnit,
    ParameterCode,
    SupplyState,
    Work,
    WriteResult,
)
from tests.flows.bridge_world import BridgeWorld, SpokenBridge, make_world, said
from tests.flows.lock_world import Lockers

FIRST, PRICES = ParameterCode.LOW_CREDIT_THRESHOLD_1, ParameterCode.UNIT_PRICES
OVERDRAFT, LOAD = ParameterCode.OVERDRAFT_LIMIT, ParameterCode.OVERLOAD_LIMIT
PEAK_AND_FLAT = {"peak": 1_200_000, "flat": 800_000}
_PLACE = {"source": "of the tests", "type": "u32"}
HOLDS = Parameters.model_validate(
    {
        "low_credit_threshold_1": {"address": 1, "most": 100_000, **_PLACE},
        "overdraft_limit": {"address": 3, "most": 50_000, **_PLACE},
        "unit_prices": {"address": 5, "most": 3_000_000, "multiply": 100, "periods": ["peak", "flat"], **_PLACE},
        "overload_limit": {"address": 9, "most": 10_000, "multiply": 10, **_PLACE},
    }
)
ABLE = frozenset({CommandKind.WRITE_PARAMETER, CommandKind.READ_PARAMETERS})


@dataclass
class ParameterWorld:
    """The park of the bridges: counting meters hold four parameters, blind and relay meters none."""

    bridges: BridgeWorld
    bridge: SpokenBridge
    crew: Lockers
    people: dict[str, SignedIn] = field(default_factory=dict)

    @property
    def meter(self) -> Meter:
        """The meter of most stories."""
        return self.bridges.counting

    def person(self, name: str, role: StaffRole) -> SignedIn:
        """Return somebody who works here, who told their password just now."""
        if name not in self.people:
            self.people[name] = self.crew.hired(name, role)
        return replace(self.people[name], proved_at=self.bridges.runtime.clock.now())

    @property
    def grace(self) -> SignedIn:
        """A technician."""
        return self.person("grace", StaffRole.TECHNICIAN)

    @property
    def erin(self) -> SignedIn:
        """Somebody of the finance, who may ask for other prices."""
        return self.person("erin", StaffRole.FINANCE)

    def propose(self, values: Values, *meters: Meter, who: SignedIn | None = None, **more: Any) -> ParameterChange:
        """Ask for values, of the counting meter unless others are named."""
        ids = tuple(each.id for each in meters or (self.meter,))
        wish = ParameterWish(values, ids, CreditUnit.MONEY, **{"reason": "调整"} | more)
        profiles, by = self.bridges.runtime.profiles, who or self.grace

        def asked(session: Session) -> ParameterChange:
            return propose(session, who=by, wish=wish, profiles=profiles, request_id="r")

        proposed: ParameterChange = self.run(asked)
        return proposed

    def agree(self, change: ParameterChange, who: SignedIn) -> None:
        """Let a second person agree."""
        self.run(lambda s: approve(s, who=who, approval_id=change.approval_id or 0, answer="同意", request_id="r"))

    def carry_out(self, change: ParameterChange, who: SignedIn) -> None:
        """Carry out what was agreed to."""
        profiles = self.bridges.runtime.profiles
        self.run(lambda s: carry_out(s, who=who, change_id=change.id, profiles=profiles, request_id="r"))

    def tell(self, work: Work, at: float, /, write: WriteResult = WriteResult.NONE, **holds: Any) -> CommandState:
        """Tell what came of a command: the meter holds these values then."""
        meter = next(m for m in (self.meter, self.bridges.park.other.meter) if m.reference == work.meter)
        told = {ParameterCode(code): value for code, value in holds.items()}
        return self.bridge.outcome(work, write, said(meter, at=at, parameters=told))

    def write(self, at: float, **holds: Any) -> CommandState:
        """Claim the next write, be permitted, write it, and tell what the meter holds then."""
        (work,) = self.bridge.claim()
        self.bridge.intent(work, said(self.meter, at=at, supply=SupplyState.CLOSED))
        return self.tell(work, at + 1, WriteResult.ACKNOWLEDGED, **holds)

    def sight(self, code: ParameterCode, meter: Meter | None = None) -> ParameterSight:
        """Return how a parameter stands."""
        profiles, of = self.bridges.runtime.profiles, meter or self.meter
        seen: list[ParameterSight] = self.run(
            lambda s: parameters_of(s, meter=s.get_one(Meter, of.id), profiles=profiles)
        )
        return next(each for each in seen if each.code is code)

    def items(self, change: ParameterChange) -> dict[int, ParameterChangeItem]:
        """Return the items of a change of one value, by meter."""
        listed = select(ParameterChangeItem).filter_by(change_id=change.id)
        return {item.meter_id: item for item in self.run(lambda s: s.scalars(listed).all())}

    def rows(self) -> list[MeterParameter]:
        """Return all that is noted."""
        return list(self.run(lambda s: s.scalars(select(MeterParameter).order_by(MeterParameter.id)).all()))

    def heard(self, meter: Meter, ago: timedelta = timedelta()) -> None:
        """Let a meter have been read so long ago."""
        now = self.bridges.runtime.clock.now()

        def read(session: Session) -> None:
            status = session.scalars(select(MeterStatus).filter_by(meter_id=meter.id)).one_or_none()
            if status is None:
                status = MeterStatus(organisation_id=meter.organisation_id, meter_id=meter.id)
                session.add(status)
            status.read_at = now - ago

        self.run(read)

    def run(self, work: Any) -> Any:
        """Run something in a transaction."""
        return self.bridges.runtime.database.run(work)


def parameter_world(runtime: Runtime, *, relay: bool = False) -> ParameterWorld:
    """Return the world, with a bridge that holds its line; relay: the meter whose wallet is here holds them, too."""
    cas = runtime.profiles["reference_cas"]
    able = cas.model_copy(update={"parameters": HOLDS, "abilities": cas.abilities | ABLE})
    others = {
        code: profile.model_copy(update={"parameters": Parameters(), "abilities": profile.abilities - ABLE})
        for code, profile in runtime.profiles.items()
    }
    rich = others["generic_relay"].model_copy(update={"parameters": HOLDS, "abilities": cas.abilities | ABLE})
    bridges = make_world(
        replace(runtime, profiles={**others, "reference_cas": able, **({"generic_relay": rich} if relay else {})})
    )
    return ParameterWorld(bridges, bridges.holding(), Lockers(bridges))
