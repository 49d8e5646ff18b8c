"""Whether an order may be written: who signed it, for which meter, over what reading. Pure."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from meter_bridge.profile import Profile
from meter_bridge.protocol import (
    CommandKind,
    Evidence,
    MeterPlace,
    MoneyCapability,
    Order,
    ParameterError,
    SignedOrder,
    Work,
)
from meter_bridge.registers import RegisterError

CLOCK_KINDS = (CommandKind.SYNC_CLOCK, CommandKind.BROADCAST_CLOCK)


class OrderError(Exception):
    """An order that must not be written; the words say why."""


def opened(signed: SignedOrder, verify_key: str) -> Order:
    """Return the order under a good signature; raise OrderError."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(verify_key))
        key.verify(bytes.fromhex(signed.signature), signed.payload.encode())
        return Order.model_validate_json(signed.payload)
    except (InvalidSignature, ValidationError, ValueError) as error:
        raise OrderError(f"not signed by the backend, or no order: {type(error).__name__}") from None


def check_order(order: Order, work: Work, place: MeterPlace, profile: Profile, before: Evidence) -> None:
    """Compare an order with the work it is for, the meter it names and what the meter said; raise OrderError."""
    asked = (work.command, work.meter, work.line, work.fence, work.kind, place.serial)
    ordered = (order.command, order.meter, order.line, order.fence, order.kind, order.serial)
    if asked != ordered:
        raise OrderError(f"it is for {ordered}, asked was for {asked}")
    if _proof(order.before) != _proof(before):
        raise OrderError("it was signed over another reading")
    if before.serial is not None and before.serial != order.serial:
        raise OrderError(f"the meter says it is {before.serial}, the order is for {order.serial}")
    if order.kind is CommandKind.TOP_UP:
        _check_amount(order, profile, before)
    if order.kind is CommandKind.WRITE_PARAMETER or order.parameter is not None:
        _check_parameter(order, work, profile)
    elif order.kind in CLOCK_KINDS:
        if order.kind not in profile.abilities or profile.clock is None:
            raise OrderError("the profile does not say where the clock is")
    else:
        _check_frame(order, profile)


def same_count(one: Evidence, other: Evidence) -> bool:
    """Whether two readings are of one meter that took no purchase in between."""
    return (one.serial, one.purchase_count) == (other.serial, other.purchase_count)


def _proof(evidence: Evidence) -> tuple[str | None, int | None, int | None]:
    return evidence.serial, evidence.purchase_count, evidence.balance


def _check_amount(order: Order, profile: Profile, before: Evidence) -> None:
    money = profile.money
    if not 0 < order.amount <= money.max_amount or order.amount % money.step:
        raise OrderError(f"the amount {order.amount} is no multiple of {money.step} up to {money.max_amount}")
    if money.capability is MoneyCapability.COUNTER_CAS:
        if before.purchase_count is None or order.purchase_no != before.purchase_count + 1:
            raise OrderError(f"number {order.purchase_no} does not follow the count {before.purchase_count}")
    elif order.purchase_no is not None:
        raise OrderError("a number for a meter that does not count")


def _check_parameter(order: Order, work: Work, profile: Profile) -> None:
    if order.kind is not CommandKind.WRITE_PARAMETER or order.parameter is None or order.parameter != work.parameter:
        raise OrderError("it sets another parameter than was asked for")
    try:
        profile.parameters.check(order.parameter)
    except ParameterError as error:
        raise OrderError(f"the meter cannot hold {order.parameter.code.value}: {error}") from None


def _check_frame(order: Order, profile: Profile) -> None:
    try:
        profile.writes[order.kind].words(order.amount, order.purchase_no)
    except (KeyError, RegisterError) as error:
        raise OrderError(f"it does not fit the registers: {error}") from None
