"""Orders live on while the meter they are for is exchanged again and again."""

from dataclasses import replace

from hypothesis.stateful import invariant, rule
from sqlalchemy import select

from backend.kernel.db import Session
from backend.lifecycle.exchange_wish import Photo, Wish
from backend.lifecycle.exchanging import exchange_meter
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.field.closing import Shown
from backend.metering.models import Meter
from backend.proving.checking import prove
from backend.runtime import Runtime
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandKind
from tests.flows.bridge_world import BridgeWorld
from tests.flows.lock_world import Lockers
from tests.flows.test_life_cycles import OrderMachine, play
from tests.park import Metered

SHOWN = Shown(energy_wh=1, credit_left=0, count=0)


class ExchangeMachine(OrderMachine):
    """The rules of orders hold, and beside them the counting meter is exchanged at any moment."""

    def __init__(self, world: BridgeWorld) -> None:
        super().__init__(world)
        self.grace, self.exchanges = Lockers(world).hired(f"grace{world.park.organisation.id}"), 0

    @rule()
    def exchange(self) -> None:
        old = self.park.counting
        self.exchanges += 1
        wish = Wish(
            number=f"X{self.exchanges}",
            serial=f"{old.meter.serial[:8]}{self.exchanges:04}X",
            line_id=self.park.line.id,
            unit=1,
            profile=self.world.runtime.profiles["reference_cas"],
            shown=SHOWN,
            photo=Photo("image/png", b"png"),
            reason="r",
        )

        def exchanged(session: Session) -> Meter:
            done = exchange_meter(session, who=self.grace, meter_id=old.meter.id, wish=wish, request_id="r")
            return session.get_one(Meter, done.new_meter_id)

        self.park = replace(self.park, counting=Metered(self.world.run(exchanged), old.account))

    @invariant()
    def what_was_paid_waits_for_the_meter_that_hangs_there(self) -> None:
        def look(session: Session) -> None:
            paid = select(CreditOrder).filter_by(organisation_id=self.park.organisation.id, state=OrderState.PAID)
            orders = {order.command_id: order for order in session.scalars(paid)}
            open_ones = select(MeterCommand).where(
                MeterCommand.organisation_id == self.park.organisation.id,
                MeterCommand.kind == CommandKind.TOP_UP,
                MeterCommand.state.in_(UNSETTLED),
            )
            commands = {command.id: command for command in session.scalars(open_ones)}
            assert set(commands) == set(orders)
            here = self.park.counting.meter.id
            assert {c.meter_id for c in commands.values()} | {o.meter_id for o in orders.values()} <= {here}
            assert [found for found in prove(session) if found.organisation_id == self.park.organisation.id] == []

        self.world.run(look)


def test_orders_keep_their_rules_while_their_meter_is_exchanged(runtime: Runtime) -> None:
    play(ExchangeMachine, runtime)
