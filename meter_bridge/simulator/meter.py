"""A meter: its memory laid out as its profile says, its consumption, its relay. Pure: time is given by the caller."""

from dataclasses import asdict
from typing import Any

from meter_bridge.profile import Profile
from meter_bridge.profile_model import Quantity, WriteFrame
from meter_bridge.protocol import CommandKind, CreditUnit, MoneyCapability
from meter_bridge.simulator.behaviour import BEHAVIOURS, ILLEGAL_VALUE, Wallet
from meter_bridge.simulator.park import ParkMeter

ILLEGAL_ADDRESS = 2
_WMS_PER_WH = 3_600_000
_FEN_STEP = 1000 * _WMS_PER_WH  # watt-milliseconds x fen per kWh that make one fen
_VOLTS = 220


class Meter:
    """Plays any profile. Public attributes may be set by tests and by the control port."""

    def __init__(self, park: ParkMeter, profile: Profile, now: float) -> None:
        self.unit, self.serial, self.profile = park.unit, park.serial, profile
        self.power_w, self.price_fen_per_kwh, self.overdraft = park.power_w, park.price_fen_per_kwh, park.overdraft_fen
        energy = profile.money.credit_unit is CreditUnit.ENERGY
        self.wallet = Wallet(balance=park.balance_wh if energy else park.balance_fen)
        self.forced_open = False
        self._used_wms = park.energy_wh * _WMS_PER_WH
        self._owed = 0
        self._at = now

    @property
    def balance(self) -> int:
        """Return the credit left, in the credit unit."""
        return self.wallet.balance

    @property
    def purchase_count(self) -> int:
        """Return how many purchases were taken."""
        return self.wallet.purchase_count

    @property
    def energy_wh(self) -> int:
        """Return the total energy."""
        return self._used_wms // _WMS_PER_WH

    @property
    def closed(self) -> bool:
        """Whether current can flow. A wallet meter opens by itself when the credit is gone."""
        has_credit = not self._has_wallet or self.wallet.balance > -self.overdraft
        return has_credit and not self.forced_open

    def advance(self, now: float) -> None:
        """Let time pass: energy is used and paid for until the credit is gone."""
        span_ms = int((now - self._at) * 1000)
        if span_ms <= 0:
            return
        self._at += span_ms / 1000
        if not self.closed or not self.power_w:
            return
        rate = self.power_w * self._credit_rate
        if self._has_wallet and rate:
            left = (self.wallet.balance + self.overdraft) * _FEN_STEP - self._owed
            span_ms = min(span_ms, -(-left // rate))
        self._used_wms += self.power_w * span_ms
        if self._has_wallet:
            used, self._owed = divmod(self._owed + rate * span_ms, _FEN_STEP)
            self.wallet.balance -= used

    def read(self, address: int, count: int) -> list[int] | int:
        """Return registers, or the exception; what lies between known registers reads as zero."""
        memory = self._memory()
        if not all(min(memory) <= word <= max(memory) for word in (address, address + count - 1)):
            return ILLEGAL_ADDRESS
        return [memory.get(word, 0) for word in range(address, address + count)]

    def write(self, address: int, words: list[int]) -> int:
        """Do what a write asks; return 0 or the exception."""
        written = [
            (kind, frame)
            for kind, frame in self.profile.writes.items()
            if frame.address == address and frame.size == len(words) and _constants_fit(frame, words)
        ]
        if not written:
            known = any(frame.address == address for frame in self.profile.writes.values())
            return ILLEGAL_VALUE if known else ILLEGAL_ADDRESS
        kind, frame = written[0]
        return self.do(kind, _values(frame, words))

    def do(self, kind: CommandKind, values: dict[str, int]) -> int:
        """Take a purchase or switch the relay; return 0 or the Modbus exception that says why not."""
        if kind is CommandKind.TOP_UP:
            take = BEHAVIOURS[self.profile.money.capability].take
            return take(self.wallet, values["amount"], values.get("purchase_no", 0))
        self.forced_open = kind is CommandKind.OPEN_BREAKER
        return 0

    def state(self) -> dict[str, Any]:
        """Return what survives a power loss."""
        return asdict(self.wallet) | {"forced_open": self.forced_open, "used_wms": self._used_wms, "owed": self._owed}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what survived."""
        kept = dict(state)
        self.forced_open, self._used_wms, self._owed = kept.pop("forced_open"), kept.pop("used_wms"), kept.pop("owed")
        self.wallet = Wallet(**kept)

    @property
    def _has_wallet(self) -> bool:
        return self.profile.money.capability is not MoneyCapability.PLATFORM_WALLET

    @property
    def _credit_rate(self) -> int:
        """Return credit units per kWh."""
        return 1000 if self.profile.money.credit_unit is CreditUnit.ENERGY else self.price_fen_per_kwh

    def quantities(self) -> dict[Quantity, int | str]:
        """Return all that the meter could show now, in our units."""
        breaker = self.profile.breaker
        power = self.power_w if self.closed else 0
        apart = Quantity.DEBT in self.profile.registers
        return {
            Quantity.SERIAL: self.serial,
            Quantity.PURCHASE_COUNT: self.wallet.purchase_count,
            Quantity.BALANCE: max(self.wallet.balance, 0) if apart else self.wallet.balance,
            Quantity.DEBT: max(-self.wallet.balance, 0),
            Quantity.CUMULATIVE: self.wallet.cumulative,
            Quantity.LAST_PURCHASE: self.wallet.last_purchase,
            Quantity.ERROR_WORD: self.wallet.error_word,
            Quantity.SUPPLY: breaker.closed if self.closed else breaker.open,
            Quantity.ENERGY_WH: self.energy_wh,
            Quantity.POWER_W: power,
            Quantity.VOLTAGE_MV: _VOLTS * 1000,
            Quantity.CURRENT_MA: power * 1000 // _VOLTS,
            Quantity.OVERDRAFT: self.overdraft,
        }

    def _memory(self) -> dict[int, int]:
        values = self.quantities()
        memory: dict[int, int] = {}
        for quantity, register in self.profile.registers.items():
            value = values[quantity]
            if isinstance(value, int):  # the meter shows whole steps only
                value -= value * register.divide % register.multiply // register.divide
            for offset, word in enumerate(register.registers(value)):
                memory[register.address + offset] = word
        return memory


def _constants_fit(frame: WriteFrame, words: list[int]) -> bool:
    """Whether the constants of a write are those of this frame: open and close may share an address."""
    place = 0
    for field in frame.fields:
        given = words[place : place + field.size]
        if isinstance(field.value, int) and given != field.registers(field.value):
            return False
        place += field.size
    return True


def _values(frame: WriteFrame, words: list[int]) -> dict[str, int]:
    values: dict[str, int] = {}
    place = 0
    for field in frame.fields:
        if isinstance(field.value, str):
            values[field.value] = field.number(words[place : place + field.size])
        place += field.size
    return values
