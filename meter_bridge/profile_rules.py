"""What the keys of a profile owe each other, beyond each one being right by itself. Pure."""

from collections.abc import Iterator

from meter_bridge.conditions import PHASES
from meter_bridge.parameter_rules import broken_parameters
from meter_bridge.profile_model import POLLED, Profile, Quantity, Transformers, WriteFrame
from meter_bridge.protocol import CommandKind, MoneyCapability
from meter_bridge.registers import RegisterError, RegisterType

Broken = tuple[tuple[str | int, ...], str]

_BREAKER = (CommandKind.OPEN_BREAKER, CommandKind.CLOSE_BREAKER)
_KEEPING = (CommandKind.KEEP_SUPPLIED, CommandKind.END_KEEP_SUPPLIED)
_RELAY = (*_BREAKER, *_KEEPING)
_FRAMED = (CommandKind.TOP_UP, *_RELAY, CommandKind.AUTOMATIC, CommandKind.CLEAR_COUNTERS)
_CLOCK = (CommandKind.SYNC_CLOCK, CommandKind.BROADCAST_CLOCK)
_PROOFS = {
    **dict.fromkeys(_BREAKER, Quantity.SUPPLY),
    **dict.fromkeys(_KEEPING, Quantity.KEPT_SUPPLIED),
    CommandKind.AUTOMATIC: Quantity.FORCED,
    CommandKind.CLEAR_COUNTERS: Quantity.COUNTER,
}
_ADDRESSES = 0x10000
_UNITS = 247
_RELAY_FUNCTION, _CLEAR_FUNCTION = 0x1C, 0x19
MAY_STAND_ALONE = {"voltage_mv", "current_ma", "voltage_thd", "current_thd"}  # of a meter of one phase
_TEXT = (RegisterType.BCD, RegisterType.ASCII)
_FIELDS = {
    MoneyCapability.COUNTER_CAS: {"amount", "purchase_no"},
    MoneyCapability.ADDITIVE_BLIND: {"amount"},
}
_NEEDS = {
    MoneyCapability.COUNTER_CAS: (Quantity.SERIAL, Quantity.PURCHASE_COUNT, Quantity.BALANCE),
    MoneyCapability.ADDITIVE_BLIND: (Quantity.SERIAL, Quantity.BALANCE),
    MoneyCapability.PLATFORM_WALLET: (Quantity.SUPPLY,),
}


def broken_rules(profile: Profile) -> Iterator[Broken]:
    """Tell each rule the profile breaks: the key, and what to write."""
    yield from _identifiers(profile) if profile.driver == "dlt645" else _shapes(profile)
    yield from _phases(profile)
    yield from _medium(profile)
    yield from _circuits(profile)
    yield from _abilities(profile)
    yield from _money(profile)
    yield from _polls(profile)
    yield from _holes(profile)
    yield from broken_parameters(profile)


def _polls(profile: Profile) -> Iterator[Broken]:
    """Tell what the poll plan asks for that is not there, or twice."""
    paces = {name: getattr(profile.poll, name) for name in ("often", "slot", "rarely")}
    for name, those in paces.items():
        for quantity in sorted(those):
            if quantity not in POLLED.intersection(profile.registers) - {Quantity.SERIAL}:
                yield ("poll", name), f"take {quantity.value!r} out, or add [registers.{quantity.value}]"
            if sum(quantity in others for others in paces.values()) > 1:
                yield ("poll", name), f"write {quantity.value!r} into one of often, slot and rarely only"
    if profile.poll.rarely_seconds < profile.poll_seconds:
        yield ("poll", "rarely_seconds"), f"write a number not less than poll_seconds, {profile.poll_seconds:g}"


def _holes(profile: Profile) -> Iterator[Broken]:
    """Tell a hole over what shall be read."""
    for place, hole in enumerate(profile.holes):
        if hole.last < hole.first:
            yield ("holes", place, "last"), "write a register not before the first"
        for quantity, register in profile.registers.items():
            if hole.meets(register.address, register.address + register.size):
                yield ("holes", place), f"it covers registers.{quantity.value}: correct one of them"


def _shapes(profile: Profile) -> Iterator[Broken]:
    for quantity, register in profile.registers.items():
        if register.address >= _ADDRESSES:
            yield ("registers", quantity.value, "address"), "write a number less than or equal to 65535 (FFFFh)"
            continue
        if (register.words is None) is (register.type in _TEXT):
            yield ("registers", quantity.value, "words"), "write how many registers for bcd and ascii, and only there"
        if register.address + register.size > _ADDRESSES:
            yield ("registers", quantity.value, "address"), "the value would end beyond FFFFh: correct the address"
    for kind, frame in profile.writes.items():
        yield from _fields(kind, frame)


def _fields(kind: CommandKind, frame: WriteFrame) -> Iterator[Broken]:
    if not frame.fields:
        yield ("writes", kind.value, "fields"), "write at least 1 field"
    for place, field in enumerate(frame.fields):
        if (field.words is None) is (field.type in _TEXT):
            yield ("writes", kind.value, "fields", place, "words"), "write how many registers for bcd and ascii"


def _identifiers(profile: Profile) -> Iterator[Broken]:
    """Tell what DL/T 645 wants otherwise: sizes in bytes, and one order byte for the relay."""
    for quantity, register in profile.registers.items():
        if (register.octets is None) is (register.type is RegisterType.BCD) or register.words is not None:
            yield ("registers", quantity.value, "octets"), "write how many bytes for bcd, and nothing for u16 and u32"
        if register.type not in (RegisterType.BCD, RegisterType.U16, RegisterType.U32):
            yield ("registers", quantity.value, "type"), "write 'bcd', 'u16' or 'u32': DL/T 645 has no other"
    for kind in _RELAY:
        frame = profile.writes.get(kind)
        if frame and (frame.address != _RELAY_FUNCTION or len(frame.fields) != 1 or frame.fields[0].octets != 1):
            yield ("writes", kind.value), "write address = 0x1C and one field with octets = 1: the order, such as 0x1A"
    clear = profile.writes.get(CommandKind.CLEAR_COUNTERS)
    if clear and (clear.address != _CLEAR_FUNCTION or clear.fields):
        yield ("writes", "clear_counters"), "write address = 0x19 and fields = []: the function that clears the demand"


def _phases(profile: Profile) -> Iterator[Broken]:
    """Tell which phase is missing: all three, or only the first where that may stand alone."""
    for quantities in PHASES.values():
        there = [quantity for quantity in quantities if quantity in profile.registers]
        alone = [[quantities[0]]] if quantities[0].value in MAY_STAND_ALONE else []
        if there and there not in (*alone, list(quantities)):
            missing = next(quantity for quantity in quantities if quantity not in there)
            yield (
                ("registers", there[-1].value),
                f"add [registers.{missing.value}]: all three phases",
            )


def _medium(profile: Profile) -> Iterator[Broken]:
    """Tell what is missing of a meter of electricity or of water; one that counts neither counts nothing."""
    if not profile.registers.keys() & {Quantity.ENERGY_WH, Quantity.VOLUME_L}:
        yield ("registers",), "add [registers.energy_wh], or [registers.volume_l] of a water meter: what does it count?"
    if profile.breaker.max_power_w == 0 and Quantity.ENERGY_WH in profile.registers:
        yield ("breaker", "max_power_w"), "write the power the breaker lets through: only a valve has 0"
    if profile.transformers is Transformers.PRIMARY and Quantity.ENERGY_WH not in profile.registers:
        yield ("transformers",), "remove it: a meter of water has no transformers"


def _circuits(profile: Profile) -> Iterator[Broken]:
    circuits = profile.circuits
    if circuits is None:
        return
    if profile.driver != "modbus":
        yield ("circuits",), "remove it: DL/T 645 has an address for each meter"
    if (circuits.most - 1) * circuits.unit_step >= _UNITS:
        yield (
            ("circuits", "most"),
            f"write fewer: so many, this far apart, do not fit units 1 to {_UNITS}",
        )


def _abilities(profile: Profile) -> Iterator[Broken]:
    for kind in _FRAMED:
        if (kind in profile.abilities) is not (kind in profile.writes):
            yield ("writes", kind.value), f"write the frame, or take {kind.value!r} out of (or into) abilities"
    for kind, proof in _PROOFS.items():
        if kind in profile.abilities and proof not in profile.registers:
            yield ("registers",), f"add [registers.{proof.value}]: {kind.value} is proved by reading it back"
    yield from _clock(profile)
    if profile.breaker.closed == profile.breaker.open:
        yield ("breaker", "open"), "write another value than for closed"


def _clock(profile: Profile) -> Iterator[Broken]:
    speaks_dlt645 = profile.driver == "dlt645"
    if bool(profile.abilities.intersection(_CLOCK)) is (profile.clock is None):
        yield ("clock",), "write where the clock is, or take 'sync_clock' out of (or into) abilities"
    if profile.clock is not None and (profile.clock.time_address is None) is speaks_dlt645:
        yield ("clock", "time_address"), "write the identifier of the time of the day for DL/T 645, and only there"
    if CommandKind.BROADCAST_CLOCK in profile.abilities and not speaks_dlt645:
        yield ("abilities",), "take 'broadcast_clock' out: only DL/T 645 has a broadcast of the time"


def _money(profile: Profile) -> Iterator[Broken]:
    capability = profile.money.capability
    for quantity in _NEEDS[capability]:
        if quantity not in profile.registers:
            yield ("registers",), f"add [registers.{quantity.value}]: {capability.value} needs it as evidence"
    wanted = _FIELDS.get(capability)
    frame = profile.writes.get(CommandKind.TOP_UP)
    if wanted is None:
        if frame is not None:
            yield ("writes", "top_up"), f"remove it: a meter of {capability.value} takes no money"
        return
    if frame is None:
        yield ("abilities",), f"add 'top_up': a meter of {capability.value} takes money"
        return
    if profile.money.max_amount == 0:
        yield ("money", "max_amount"), "write the largest single top-up the meter takes"
    if {field.value for field in frame.fields if isinstance(field.value, str)} - {"address"} != wanted:
        yield ("writes", "top_up", "fields"), f"write exactly {' and '.join(sorted(wanted))} and constants"
        return
    yield from _amounts(profile, frame)


def _amounts(profile: Profile, frame: WriteFrame) -> Iterator[Broken]:
    for key, amount in (("step", profile.money.step), ("max_amount", profile.money.max_amount)):
        if amount % profile.money.step:
            yield ("money", key), f"write a multiple of the step {profile.money.step}"
        try:
            frame.words(amount=amount, purchase_no=1)
        except RegisterError as error:
            yield ("money", key), f"write an amount the field of writes.top_up can hold ({error})"
