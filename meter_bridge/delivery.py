"""Carry out one command: read, ask for permission, write once, read back, judge (docs/bridge-protocol.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from meter_bridge.api import INTENT_EXISTS, Api, ApiRefusalError, ApiUnreachableError
from meter_bridge.clock import Clock
from meter_bridge.driver import Driver
from meter_bridge.judging import Credit, Verdict, judge_order, judge_top_up
from meter_bridge.lease import Lease
from meter_bridge.line import Line, LineError, LinePlace, MeterExceptionError
from meter_bridge.orders import OrderError, check_order, opened, same_count
from meter_bridge.policy import Step, exchanges_of, may_repeat, next_step, seen_of, worse
from meter_bridge.profile import Profile
from meter_bridge.protocol import (
    CommandKind,
    Evidence,
    IntentReply,
    IntentRequest,
    MeterPlace,
    Order,
    OutcomeRequest,
    Phase,
    Work,
    WriteResult,
)
from meter_bridge.read_plan import Groups
from meter_bridge.told_time import with_clock

INTENT_TRIES = 3
INTENT_PAUSE = 0.5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Post:
    """All that a command needs: the meter's place, who speaks to it, and by which lease."""

    api: Api
    clock: Clock
    line: Line
    line_place: LinePlace
    driver: Driver
    place: MeterPlace
    profile: Profile
    groups: Groups
    lease: Lease
    instance: str
    verify_key: str

    async def with_clock(self, evidence: Evidence) -> Evidence:
        """Return evidence with what the meter's clock showed at its instant. Raises LineDownError."""
        return await with_clock(self.driver, self.profile, self.clock, evidence)


class _NotPermittedError(Exception):
    """No permission to write. decided: the backend has settled it, there is nothing to tell."""

    def __init__(self, *, decided: bool) -> None:
        super().__init__()
        self.decided = decided


@dataclass(slots=True)
class _Attempts:
    """What was written so far under one order."""

    deadline: float
    writes: int = 0
    seen: WriteResult = WriteResult.NONE
    exception: int | None = None
    over: bool = False  # no further write: refused, too late, or no line


class Delivery:
    """One command on its way to one meter."""

    def __init__(self, post: Post, work: Work) -> None:
        self._post, self._work = post, work
        self._session = -1  # in which the meter was read last

    async def run(self) -> OutcomeRequest | None:
        """Carry out the command; return what to tell, or None when the backend has already decided."""
        if self._work.phase is Phase.VERIFY:
            self._post.line.hang_up()  # no late answer may pose as the proof
            return self._outcome(WriteResult.UNSEEN, await self._look())
        before = await self._look()
        if before is None or self._is_idle(before):
            return self._outcome(WriteResult.NONE, before)
        try:
            order, deadline = await self._permission(before)
        except _NotPermittedError as why:
            return None if why.decided else self._outcome(WriteResult.NONE, await self._look())
        return await self._carry_out(order, before, deadline)

    def _is_idle(self, before: Evidence) -> bool:
        """Whether there is nothing to write: values that somebody waits for, and what is as it should be already."""
        kind = self._work.kind
        if kind in (CommandKind.SYNC_CLOCK, CommandKind.WRITE_PARAMETER):
            return judge_order(kind, before, self._work.parameter) is Verdict.APPLIED
        return kind in (CommandKind.READ_NOW, CommandKind.READ_PARAMETERS)

    async def _permission(self, before: Evidence) -> tuple[Order, float]:
        """Return a checked order and until when (monotonic) its write may begin."""
        post = self._post
        reply, sent = await self._intent(before)
        try:
            order = opened(reply.signed, post.verify_key)
            check_order(order, self._work, post.place, post.profile, before)
        except OrderError:
            log.exception("order_refused")
            raise _NotPermittedError(decided=False) from None
        longest = post.line_place.longest_exchange * exchanges_of(order, post.profile)
        return order, sent + reply.lease_seconds - longest

    async def _intent(self, before: Evidence) -> tuple[IntentReply, float]:
        """Ask for permission; return it with the moment it was asked for."""
        post, work = self._post, self._work
        request = IntentRequest(instance=post.instance, line=work.line, fence=work.fence, before=before)
        for _ in range(INTENT_TRIES):
            sent = post.clock.monotonic()
            try:
                return await post.api.intent(work.command, request, work.request_id), sent
            except ApiUnreachableError as why:
                log.warning("intent_unanswered", why=str(why))
                await post.clock.sleep(INTENT_PAUSE)
            except ApiRefusalError as why:
                log.warning("intent_refused", status=why.status, code=why.code, detail=why.detail)
                raise _NotPermittedError(decided=why.code != INTENT_EXISTS) from None
        raise _NotPermittedError(decided=False)

    async def _carry_out(self, order: Order, before: Evidence, deadline: float) -> OutcomeRequest:
        attempts = _Attempts(deadline)
        step = Step.WRITE_AGAIN
        after: Evidence | None = None
        while step is not Step.REPORT:
            if step is Step.WRITE_AGAIN:
                fresh = await self._write_once(order, attempts)
            else:
                fresh = True
                self._post.line.hang_up()
            after = await self._look()
            verdict = self._verdict(order, before, after, attempts.seen)
            log.info("judged", verdict=verdict.value, write=attempts.seen.value, writes=attempts.writes, fresh=fresh)
            step = next_step(
                verdict,
                fresh=fresh,
                repeatable=may_repeat(order.kind, self._post.profile.money.capability),
                writes=attempts.writes,
                may_write=not attempts.over,
            )
        return self._outcome(attempts.seen, after, attempts.exception)

    async def _write_once(self, order: Order, attempts: _Attempts) -> bool:
        """Write once if it is still allowed; return whether the line was hung up, so that the next look is fresh."""
        post = self._post
        error: LineError | None = None
        try:
            await post.line.ready()
            if not await self._may_write_here(order):
                attempts.over = True
                return False
            if not (post.clock.monotonic() < attempts.deadline and post.lease.held()):
                log.warning("too_late_to_write")
                attempts.over = True
                return False
            attempts.writes += 1
            await self._send(order)
        except LineError as caught:
            error = caught
        seen = seen_of(error)
        log.info("written", seen=seen.value, purchase_no=order.purchase_no, amount=order.amount, error=str(error or ""))
        attempts.seen = worse(attempts.seen, seen)
        attempts.exception = error.code if isinstance(error, MeterExceptionError) else attempts.exception
        attempts.over = seen in (WriteResult.REFUSED, WriteResult.NONE)
        return seen is WriteResult.UNANSWERED and not isinstance(error, MeterExceptionError)

    async def _may_write_here(self, order: Order) -> bool:
        """Whether the meter of the order is at the other end: a line that is called is read anew after each call."""
        line = self._post.line
        if order.kind is CommandKind.TOP_UP and not line.steady:
            log.warning("no_money_on_an_unsteady_line")
            return False
        if line.session == self._session:
            return True
        now = await self._look()
        same = now is not None and same_count(now, order.before) and line.session == self._session
        if not same:
            log.warning("another_caller_or_another_meter")
        return same

    async def _send(self, order: Order) -> None:
        if order.kind is CommandKind.TOP_UP:
            await self._post.driver.top_up(order.amount, order.purchase_no)
        elif order.parameter is not None:
            await self._post.driver.write_parameter(order.parameter)
        else:
            await self._post.driver.order(order.kind)

    def _verdict(self, order: Order, before: Evidence, after: Evidence | None, seen: WriteResult) -> Verdict:
        if after is None:
            return Verdict.UNKNOWN
        if order.kind is not CommandKind.TOP_UP:
            return judge_order(order.kind, after, order.parameter)
        place = self._post.place
        limits = self._post.profile.limits.behind(place.ct_ratio * place.pt_ratio)
        return judge_top_up(limits, Credit(order.amount, order.purchase_no), before, after, seen)

    async def _look(self) -> Evidence | None:
        """Read the meter; None when it does not answer."""
        try:
            evidence = await self._post.driver.evidence()
            evidence = evidence.model_copy(update=await self._proof())
            self._session = self._post.line.session
        except LineError as error:
            log.warning("meter_silent", why=f"{type(error).__name__}: {error}")
            return None
        return evidence

    async def _proof(self) -> Mapping[str, object]:
        """Read what proves the command beside the evidence, as fields of it."""
        kind, parameter, driver = self._work.kind, self._work.parameter, self._post.driver
        if kind is CommandKind.READ_PARAMETERS:
            return {"parameters": await driver.parameters(self._post.profile.parameters.places)}
        if parameter is not None:
            return {"parameters": await driver.parameters([parameter.code])}
        return await driver.proof(kind)

    def _outcome(self, write: WriteResult, after: Evidence | None, exception: int | None = None) -> OutcomeRequest:
        work = self._work
        return OutcomeRequest(
            instance=self._post.instance,
            line=work.line,
            fence=work.fence,
            write=write,
            exception=exception,
            after=after,
        )
