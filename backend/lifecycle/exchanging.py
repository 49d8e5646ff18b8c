"""Another meter in the place of one: room, account, groups, locks and waiting money follow it.

The line's row is held, so that no claim, intent or outcome of the old meter happens meanwhile. Payments that come for
the old one afterwards go to its successor (vending).
"""

from dataclasses import dataclass

from backend.audit.recording import record
from backend.kernel.db import Session
from backend.lifecycle.exchange_wish import Wish, refuse_unfit
from backend.lifecycle.succeeding import Ended, hand_over, link_of, note_exchange, read_first
from backend.metering.actions import MeteringAction
from backend.metering.causes import CommandCause
from backend.metering.commands.transitions import cancel
from backend.metering.exchange_errors import ExchangedAlreadyError
from backend.metering.exchange_models import ExchangePhoto, MeterExchange, Succession
from backend.metering.field import in_the_way
from backend.metering.field.closing import Closing, closing_of
from backend.metering.field.install import add_meter
from backend.metering.groups.grouping import park_of_meter
from backend.metering.install_errors import MeterRetiredError
from backend.metering.locking import lock_line, lock_meter
from backend.metering.models import Meter, MeterState
from backend.metering.succession import exchange_of
from backend.staff.roles import Permission
from backend.staff.signed_in import SignedIn
from backend.vending.carrying import EXCHANGED, carry_over

MAY = Permission.INSTALL_METERS


@dataclass(frozen=True, slots=True)
class _Swap:
    session: Session
    who: SignedIn
    wish: Wish
    park_id: int
    request_id: str
    old: Meter


def exchange_meter(session: Session, *, who: SignedIn, meter_id: int, wish: Wish, request_id: str) -> MeterExchange:
    """Retire a meter and hang another one in its place; told again it is the same exchange.

    Raises NotFoundError, MeterRetiredError and what exchange_errors and install_errors name.
    """
    park_id = park_of_meter(session, scope=who.scope(MAY), meter_id=meter_id)
    lock_line(session, session.get_one(Meter, meter_id).line_id)
    old = lock_meter(session, meter_id)
    known = exchange_of(session, meter_id=meter_id)
    if known is not None:
        return _same(session, known, wish)
    if old.state is MeterState.RETIRED:
        raise MeterRetiredError
    return _exchange(_Swap(session, who, wish, park_id, request_id, old))


def _same(session: Session, known: MeterExchange, wish: Wish) -> MeterExchange:
    new = session.get_one(Meter, known.new_meter_id)
    if (new.number, new.serial) != (wish.number, wish.serial):
        raise ExchangedAlreadyError(number=new.number)
    return known


def _exchange(swap: _Swap) -> MeterExchange:
    session, old, staff_id = swap.session, swap.old, swap.who.staff_id
    in_the_way.refuse_foreign_locks(session, meter=old, staff_id=staff_id)
    waiting = in_the_way.waiting_commands(session, meter=old)
    refuse_unfit(old, swap.wish, paid_for=link_of(session, meter=old) is not None)
    closing = closing_of(session, meter=old, shown=swap.wish.shown)
    new = _hang(swap)
    told = {"reason": swap.wish.reason, "request_id": swap.request_id}
    hand_over(session, who=swap.who, old=old, new=new, profile=swap.wish.profile, **told)
    for command in waiting:
        if command.cause is CommandCause.PAYMENT:
            carry_over(session, command=command, meter=new)
        else:
            cancel(session, command, why=EXCHANGED)
    read_first(session, meter=new, request_id=swap.request_id)
    return _noted(swap, new, closing)


def _hang(swap: _Swap) -> Meter:
    old, wish = swap.old, swap.wish
    old.state = MeterState.RETIRED
    swap.session.flush()
    return add_meter(
        swap.session,
        room_id=old.room_id,
        line_id=wish.line_id,
        unit=wish.unit,
        number=wish.number,
        serial=wish.serial,
        profile=wish.profile,
        details=wish.details,
    )


def _noted(swap: _Swap, new: Meter, closing: Closing) -> MeterExchange:
    session, old, wish = swap.session, swap.old, swap.wish
    ended = Ended(Succession.EXCHANGED, closing, wish.reason, swap.who.staff_id)
    exchange = note_exchange(session, old=old, new=new, ended=ended)
    photo, own = wish.photo, {"organisation_id": old.organisation_id, "exchange_id": exchange.id}
    session.add(ExchangePhoto(**own, media_type=photo.media_type, content=photo.content))
    before = {"number": old.number, "serial": old.serial, "energy_wh": closing.energy_wh, "typed": closing.typed}
    before |= {"credit_left": closing.credit_left, "purchase_count": closing.count}
    after = {"number": new.number, "serial": new.serial, "unit": new.unit, "profile": new.profile, "line": new.line_id}
    after |= {"circuit": new.circuit, "ct_ratio": new.ct_ratio, "pt_ratio": new.pt_ratio}
    by, action = swap.who.actor(swap.request_id), MeteringAction.METER_EXCHANGED
    for meter in (old, new):
        record(
            session,
            by=by,
            action=action,
            subject=meter,
            before=before,
            after=after,
            reason=wish.reason,
            park_id=swap.park_id,
        )
    return exchange
