"""People of the property company: they decide what no reading can prove, but only after looking at the meter."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.commands.deciding import decide, unfreeze
from backend.metering.errors import AlreadySettledError, StillPermittedError
from backend.metering.models import Meter
from backend.runtime import Runtime
from backend.vending.crediting import send_again, settle
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandKind, CommandState, MoneyCapability
from tests.simulation.meters import LATEST_REQUEST, WatchedMeter
from tests.simulation.scene import Scene

T = TypeVar("T")
LOOK_EVERY = 12.0
SURE_AFTER = 2 * LATEST_REQUEST  # by then no gateway holds a write any more


class Staff:
    """Looks at held money and frozen meters, and decides with true knowledge. is_needed: whether there are any."""

    def __init__(
        self, scene: Scene, runtime: Runtime, standing: dict[int, WatchedMeter], is_needed: Callable[[], bool]
    ) -> None:
        self._scene, self._runtime, self._standing, self._is_needed = scene, runtime, standing, is_needed
        self._seen: dict[tuple[str, int], float] = {}
        self._busy = False

    async def work(self) -> None:
        """Look now and then, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if not self._is_needed():
                continue
            try:
                await self._scene.hosts["web"].run(self._look)
            except (ConnectionResetError, DBAPIError, AlreadySettledError) as error:
                self._scene.story.tell("staff", f"is interrupted: {type(error).__name__}")

    def _look(self) -> None:
        self._in_transaction(self._decide_held)
        self._in_transaction(self._let_go)
        if self._scene.chance.stream("staff").random() < 0.5:
            self._in_transaction(self._send_again)
        self._runtime.bell.ring("commands")

    def _in_transaction(self, work: Callable[[Session], T]) -> T:
        return self._runtime.database.run(work)

    def _decide_held(self, session: Session) -> None:
        held = select(MeterCommand).filter_by(state=CommandState.HELD).order_by(MeterCommand.id)
        for command in session.scalars(held).all():
            known = session.get_one(Meter, command.meter_id)
            if not self._is_sure(f"held {command.reference}", command.attempts):
                continue
            taken = self._owed(session, known) >= command.amount
            again = not taken and self._scene.chance.stream("staff").random() < 0.5
            self._scene.story.tell("staff", f"finds command {command.id} taken={taken} again={again}")
            try:
                decided = decide(session, command=command, taken=taken, reason="looked", by="staff", again=again)
            except StillPermittedError:
                self._scene.story.tell("staff", "is told to look again later")
                continue
            settle(session, command=decided)
            if decided.state is CommandState.CONFIRMED and known.capability is MoneyCapability.COUNTER_CAS:
                self._open_epoch(session, known)

    def _let_go(self, session: Session) -> None:
        frozen = select(Meter).where(Meter.frozen_reason.is_not(None)).order_by(Meter.id)
        for meter in session.scalars(frozen).all():
            self._standing[meter.unit].put_back()
            held = select(MeterCommand.id).filter_by(meter_id=meter.id, state=CommandState.HELD)
            if session.scalars(held).first() is None and self._is_sure(f"frozen {meter.id}", meter.epoch):
                self._scene.story.tell("staff", f"lets meter {meter.unit} go: {meter.frozen_reason}")
                unfreeze(session, meter=meter, reason="looked", by="staff", new_epoch=True)

    def _open_epoch(self, session: Session, meter: Meter) -> None:
        if meter.frozen_reason is not None:
            unfreeze(session, meter=meter, reason="looked", by="staff", new_epoch=True)

    def _send_again(self, session: Session) -> None:
        refused = (
            select(CreditOrder)
            .join(MeterCommand, MeterCommand.id == CreditOrder.command_id)
            .where(CreditOrder.state == OrderState.PAID, MeterCommand.state == CommandState.REFUSED)
            .order_by(CreditOrder.id)
        )
        for order in session.scalars(refused).all():
            self._scene.story.tell("staff", f"sends order {order.id} again")
            send_again(session, order=order, request_id="again")

    def _owed(self, session: Session, meter: Meter) -> int:
        """Return what the meter took beyond what is confirmed: true knowledge, by going there."""
        confirmed = select(MeterCommand.amount).filter_by(
            meter_id=meter.id, kind=CommandKind.TOP_UP, state=CommandState.CONFIRMED
        )
        return self._standing[meter.unit].taken_fen() - sum(session.scalars(confirmed))

    def _is_sure(self, what: str, times: int) -> bool:
        """Whether this was seen long enough ago that nothing under way can change it any more."""
        now = self._scene.loop.time()
        return now - self._seen.setdefault((what, times), now) >= SURE_AFTER
