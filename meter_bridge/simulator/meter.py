"""A meter: its memory laid out as its profile says, its consumption, its relay. Pure: time is given by the caller."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from meter_bridge.clock_registers import CLOCK_WORDS, clock_of, clock_words
from meter_bridge.conditions import ALARMS, condition_registers
from meter_bridge.profile_model import Profile, Quantity
from meter_bridge.protocol import Alarm, CommandKind, CreditUnit, MoneyCapability, ParameterCode
from meter_bridge.simulator.behaviour import BEHAVIOURS, ILLEGAL_VALUE, Wallet
from meter_bridge.simulator.controls import MeterClock, Switch
from meter_bridge.simulator.electrics import measured
from meter_bridge.simulator.parameter_memory import ParameterMemory
from meter_bridge.simulator.park import ParkMeter
from meter_bridge.simulator.tariff_periods import PeriodCounts
from meter_bridge.tenant_loads import drawn_w
from meter_bridge.transformers import Ratios

ILLEGAL_ADDRESS = 2
_WMS_PER_WH = 3_600_000
_FEN_STEP = 1000 * _WMS_PER_WH  # watt-milliseconds x fen per kWh that make one fen
TRIPS = {Alarm.OVERLOAD, Alarm.MALICIOUS_LOAD}
_HOUR_MS = 3_600_000
_POWER = Quantity.POWER_W
_THRESHOLDS = {
    Alarm.LOW_CREDIT_FIRST: ParameterCode.LOW_CREDIT_THRESHOLD_1,
    Alarm.LOW_CREDIT_SECOND: ParameterCode.LOW_CREDIT_THRESHOLD_2,
}


class Meter:
    """Plays any profile. Public attributes may be set by tests and by the control port.

    midnight: a local time at which the clock of `now` said 0; without one nobody knows the time of day, and a load
    is drawn in full.
    """

    def __init__(self, park: ParkMeter, profile: Profile, now: float, midnight: datetime | None = None) -> None:
        self.unit, self.serial, self.profile = park.unit, park.serial, profile
        self.power_w, self.price_fen_per_kwh, self._overdraft = park.power_w, park.price_fen_per_kwh, park.overdraft_fen
        self.parameters = ParameterMemory(profile, {ParameterCode.OVERDRAFT_LIMIT: park.overdraft_fen})
        energy = profile.money.credit_unit is CreditUnit.ENERGY
        self._ratios = Ratios(park.ct_ratio, park.pt_ratio)
        self.wallet = Wallet(balance=park.balance_wh if energy else park.balance_fen)
        self.switch, self.clock, self.counter = Switch(), MeterClock(), 0
        self.load, self.litres_per_hour, self._midnight = park.load, park.litres_per_hour, midnight
        self._flown = park.volume_l * _WMS_PER_WH
        self._used_wms = park.energy_wh * _WMS_PER_WH
        known = {period: used_wh * _WMS_PER_WH for period, used_wh in park.period_wh.items()}
        self.periods = PeriodCounts.beginning(self._used_wms, known)
        self.alarms: set[Alarm] = set()
        self.tripped = False
        self._measures = bool(condition_registers(profile))
        self._owed = 0
        self._at = now
        if self.local is not None and park.clock_drift_ppm is not None:
            self.clock = MeterClock(self.local.astimezone(UTC), now, drift_ppm=park.clock_drift_ppm)

    @property
    def balance(self) -> int:
        """Return the credit left, in the credit unit."""
        return self.wallet.balance

    @property
    def overdraft(self) -> int:
        """Return how deep in debt it still supplies, in the credit unit."""
        limit = self.parameters.number(ParameterCode.OVERDRAFT_LIMIT)
        return self._overdraft if limit is None else limit

    @property
    def purchase_count(self) -> int:
        """Return how many purchases were taken."""
        return self.wallet.purchase_count

    @property
    def energy_wh(self) -> int:
        """Return the total energy."""
        return self._used_wms // _WMS_PER_WH

    @property
    def volume_l(self) -> int:
        """Return the litres that flowed."""
        return self._flown // _WMS_PER_WH

    @property
    def closed(self) -> bool:
        """Whether current can flow. A wallet meter opens by itself when the credit is gone."""
        has_credit = not self._has_wallet or self.wallet.balance > -self.overdraft
        may_flow = self.switch.kept_supplied or (has_credit and not self.switch.ordered_open)
        return may_flow and not self.tripped

    def trip(self, alarm: Alarm) -> None:
        """Cut off by itself because of a load, as an overload or a malicious load does; whoever closes it ends that."""
        self.alarms.add(alarm)
        self.counter += 1
        self.tripped = True

    def advance(self, now: float) -> None:
        """Let time pass: energy is used and paid for until the credit is gone."""
        while (span_ms := self._step_ms(now)) > 0:
            power_w, local = self.drawing_w, self.local
            self._guard(power_w)
            self._flown += self._flowing * span_ms if self.closed else 0
            self._at += span_ms / 1000
            self._use(power_w, span_ms, local)
            if local is None:
                return

    def _step_ms(self, now: float) -> int:
        """Return how long nothing changes but the counts: until now, or until the next hour or period of the day."""
        span_ms, local = int((now - self._at) * 1000), self.local
        if local is None:
            return span_ms
        hour_ms = _HOUR_MS - (local.minute * 60 + local.second) * 1000 - local.microsecond // 1000
        return min(span_ms, hour_ms, self.parameters.until_next_period_ms(local) or _HOUR_MS)

    def _guard(self, power_w: int) -> None:
        """Cut off what draws more than the limit of the load, except who is kept supplied."""
        limit, measured_w = self.parameters.number(ParameterCode.OVERLOAD_LIMIT), power_w // self._ratios.of(_POWER)
        if limit and measured_w > limit and self.closed and not self.switch.kept_supplied:
            self.trip(Alarm.OVERLOAD)

    def _use(self, power_w: int, span_ms: int, local: datetime | None) -> None:
        if not self.closed or not power_w:
            return
        rate = power_w * self._credit_rate
        if self._has_wallet and rate and not self.switch.kept_supplied:
            left = (self.wallet.balance + self.overdraft) * _FEN_STEP - self._owed
            span_ms = min(span_ms, -(-left // rate))
        self._used_wms += power_w * span_ms
        self.periods.add(power_w * span_ms, None if local is None else self.parameters.period_at(local) or local.hour)
        if self._has_wallet:
            used, self._owed = divmod(self._owed + rate * span_ms, _FEN_STEP)
            self.wallet.balance -= used

    @property
    def local(self) -> datetime | None:
        """Return the local time, where it is known."""
        return None if self._midnight is None else self._midnight + timedelta(seconds=self._at)

    @property
    def drawing_w(self) -> int:
        """Return what is drawn while current can flow."""
        return self._by_the_hour(self.power_w)

    @property
    def _flowing(self) -> int:
        """Return how many litres an hour flow while the valve is open."""
        return self._by_the_hour(self.litres_per_hour)

    def _by_the_hour(self, full: int) -> int:
        local = self.local
        return full if self.load is None or local is None else drawn_w(self.load, full, local, place=self.unit)

    def read(self, address: int, count: int) -> list[int] | int:
        """Return registers, or the exception; what lies between known registers reads as zero."""
        memory = self._memory()
        if not all(min(memory) <= word <= max(memory) for word in (address, address + count - 1)):
            return ILLEGAL_ADDRESS
        return [memory.get(word, 0) for word in range(address, address + count)]

    def write(self, address: int, words: list[int]) -> int:
        """Do what a write asks; return 0 or the exception."""
        place = self.profile.clock
        if place is not None and (place.address, CLOCK_WORDS) == (address, len(words)):
            return 0 if self.set_time(clock_of(words)) else ILLEGAL_VALUE
        for kind, frame in self.profile.writes.items():
            if (frame.address, frame.size) == (address, len(words)) and (values := frame.values(words)) is not None:
                return self.do(kind, values)
        taken = self.parameters.take(address, words)
        if taken is not None:
            return 0 if taken else ILLEGAL_VALUE
        known = any(frame.address == address for frame in self.profile.writes.values())
        return ILLEGAL_VALUE if known else ILLEGAL_ADDRESS

    def do(self, kind: CommandKind, values: dict[str, int]) -> int:
        """Take a purchase, an order or a clearing; return 0 or the Modbus exception that says why not."""
        if kind is CommandKind.TOP_UP:
            if not self.parameters.has_room_for(self.wallet.balance + values["amount"]):
                return ILLEGAL_VALUE
            take = BEHAVIOURS[self.profile.money.capability].take
            return take(self.wallet, values["amount"], values.get("purchase_no", 0))
        if kind is CommandKind.CLEAR_COUNTERS:
            self.counter = 0
            return 0
        if not self.switch.take(kind):
            return ILLEGAL_VALUE
        if kind is CommandKind.CLOSE_BREAKER and self.tripped:
            self.tripped = False
            self.alarms -= TRIPS
        return 0

    @property
    def told_time(self) -> datetime:
        """Return what its clock says."""
        return self.clock.at(self._at)

    def set_time(self, instant: datetime | None) -> bool:
        """Set its clock; refuse what is no time."""
        return self.clock.set(instant, self._at)

    def hear_time(self, instant: datetime | None) -> None:
        """Hear the time that is told to everybody."""
        if instant is not None:
            self.clock.nudge(instant, self._at)

    def state(self) -> dict[str, Any]:
        """Return what survives a power loss."""
        own: dict[str, Any] = {"switch": asdict(self.switch), "counter": self.counter, "flown": self._flown}
        own |= {"used_wms": self._used_wms, "owed": self._owed, "tripped": self.tripped, "alarms": sorted(self.alarms)}
        own |= {"periods_wms": self.periods.used_wms, "parameters": self.parameters.state()}
        return asdict(self.wallet) | own

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what survived."""
        kept = dict(state)
        self.parameters.restore(kept.pop("parameters", {}))
        self._used_wms, self._owed, self.counter = kept.pop("used_wms"), kept.pop("owed"), kept.pop("counter", 0)
        self.switch = Switch(**kept.pop("switch", {"ordered_open": kept.pop("forced_open", False)}))
        self._flown, self.tripped = kept.pop("flown", 0), kept.pop("tripped", False)
        self.alarms = {Alarm(alarm) for alarm in kept.pop("alarms", [])}
        known = {Quantity(period): used for period, used in kept.pop("periods_wms", {}).items()}
        self.periods = PeriodCounts.beginning(self._used_wms, known)
        self.wallet = Wallet(**kept)

    @property
    def _has_wallet(self) -> bool:
        return self.profile.money.capability is not MoneyCapability.PLATFORM_WALLET

    @property
    def _credit_rate(self) -> int:
        """Return credit units per kWh."""
        return 1000 if self.profile.money.credit_unit is CreditUnit.ENERGY else self.price_fen_per_kwh

    def quantities(self) -> dict[Quantity, int | str]:
        """Return all that the meter could show now, in our units: behind transformers less than what flows."""
        breaker = self.profile.breaker
        power = self.drawing_w if self.closed else 0
        apart = Quantity.DEBT in self.profile.registers
        periods = {period: used // _WMS_PER_WH for period, used in self.periods.shown(self.profile).items()}
        told: dict[Quantity, int | str] = {
            Quantity.SERIAL: self.serial,
            Quantity.PURCHASE_COUNT: self.wallet.purchase_count,
            Quantity.BALANCE: max(self.wallet.balance, 0) if apart else self.wallet.balance,
            Quantity.DEBT: max(-self.wallet.balance, 0),
            Quantity.CUMULATIVE: self.wallet.cumulative,
            Quantity.LAST_PURCHASE: self.wallet.last_purchase,
            Quantity.ERROR_WORD: self.wallet.error_word,
            Quantity.SUPPLY: breaker.closed if self.closed else breaker.open,
            Quantity.ENERGY_WH: self.energy_wh,
            Quantity.VOLUME_L: self.volume_l,
            Quantity.OVERDRAFT: self.overdraft,
            Quantity.KEPT_SUPPLIED: int(self.switch.kept_supplied),
            Quantity.FORCED: int(self.switch.forced),
            Quantity.COUNTER: self.counter,
        }
        told |= periods | self._measured(power) | self._alarms()
        return {q: value // self._ratios.of(q) if isinstance(value, int) else value for q, value in told.items()}

    def _measured(self, power_w: int) -> dict[Quantity, int]:
        three_phases = Quantity.VOLTAGE_C_MV in self.profile.registers
        return measured(self.serial, power_w, self._at, three_phases=three_phases) if self._measures else {}

    def _alarms(self) -> dict[Quantity, int]:
        """Return the bits: those that were set, and those of the credit."""
        limits = {alarm: self.parameters.number(code) or None for alarm, code in _THRESHOLDS.items()}
        limits |= {Alarm.NO_CREDIT: -self.overdraft}
        low = {alarm for alarm, limit in limits.items() if limit is not None and self.wallet.balance <= limit}
        shown = self.alarms | (low if self._has_wallet else set())
        return {quantity: int(alarm in shown) for quantity, alarm in ALARMS.items()}

    def _memory(self) -> dict[int, int]:
        values = self.quantities()
        memory: dict[int, int] = {} if self.profile.driver == "dlt645" else dict(self.parameters.words)
        for quantity, register in self.profile.registers.items():
            value = values[quantity]
            shown = register.stepped(value) if isinstance(value, int) else value
            for offset, word in enumerate(register.registers(shown)):
                bits = memory.get(register.address + offset, 0) if register.bit is not None else 0
                memory[register.address + offset] = word | bits
        if self.profile.clock is not None:
            for offset, word in enumerate(clock_words(self.told_time)):
                memory[self.profile.clock.address + offset] = word
        return memory
