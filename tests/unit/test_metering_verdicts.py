"""What the backend makes of a bridge's report, whatever the bridge makes of it."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.metering.command_models import MeterCommand
from backend.metering.commands.verdicts import judge, judge_unwritten, seen
from backend.metering.evidence import is_foreign, is_sound, lacks, stored
from backend.metering.models import Meter
from meter_bridge.judging import Verdict
from meter_bridge.profile import load_profiles
from meter_bridge.protocol import (
    CommandKind,
    CommandState,
    CreditUnit,
    Evidence,
    MoneyCapability,
    SupplyState,
    WriteResult,
)

AT = datetime(2026, 5, 1, tzinfo=UTC)
PROFILE = load_profiles(None)["reference_cas"]
COUNTING, BLIND, WALLET = MoneyCapability.COUNTER_CAS, MoneyCapability.ADDITIVE_BLIND, MoneyCapability.PLATFORM_WALLET


def meter(capability: MoneyCapability = COUNTING) -> Meter:
    return Meter(serial="1", ct_ratio=1, pt_ratio=1, capability=capability, credit_unit=CreditUnit.MONEY)


def says(count: int | None = 0, balance: int | None = 0, serial: str | None = "1", seconds: float = 1) -> Evidence:
    return Evidence(read_at=AT + timedelta(seconds=seconds), serial=serial, purchase_count=count, balance=balance)


def sent(state: CommandState = CommandState.SENDING, purchase_no: int | None = 1) -> MeterCommand:
    before = stored(says(seconds=0))
    return MeterCommand(kind=CommandKind.TOP_UP, state=state, amount=500, purchase_no=purchase_no, before=before)


def test_the_rule_frozen_at_installation_counts_not_the_profile_of_today() -> None:
    unmoved = says(count=0, balance=0)
    assert judge(sent(), meter(COUNTING), PROFILE, unmoved, WriteResult.UNANSWERED) is Verdict.NOT_APPLIED
    assert judge(sent(), meter(BLIND), PROFILE, unmoved, WriteResult.UNANSWERED) is Verdict.DOUBT


def test_without_a_profile_nothing_is_proved() -> None:
    assert judge(sent(), meter(), None, says(1, 500), WriteResult.ACKNOWLEDGED) is Verdict.UNKNOWN


def test_without_evidence_nothing_is_proved() -> None:
    assert judge(sent(), meter(), PROFILE, None, WriteResult.ACKNOWLEDGED) is Verdict.UNKNOWN


def test_evidence_older_than_the_order_proves_nothing_about_it() -> None:
    old = says(seconds=-1)
    assert judge(sent(), meter(), PROFILE, old, WriteResult.NONE) is Verdict.UNKNOWN
    assert judge(sent(CommandState.UNKNOWN), meter(), PROFILE, old, WriteResult.UNSEEN) is Verdict.NOT_APPLIED


@pytest.mark.parametrize("told", list(WriteResult))
def test_only_the_first_report_of_the_writer_is_believed_about_the_write(told: WriteResult) -> None:
    assert seen(sent(CommandState.SENDING), told) is told
    assert seen(sent(CommandState.UNKNOWN), told) is WriteResult.UNSEEN


def test_a_relay_is_judged_by_the_supply_alone() -> None:
    relay = MeterCommand(kind=CommandKind.OPEN_BREAKER, state=CommandState.SENDING)
    is_open = Evidence(read_at=AT, supply=SupplyState.OPEN)
    assert judge(relay, meter(WALLET), None, is_open, WriteResult.UNANSWERED) is Verdict.APPLIED
    assert judge(relay, meter(WALLET), None, Evidence(read_at=AT), WriteResult.ACKNOWLEDGED) is Verdict.UNKNOWN


def test_what_was_not_written_may_still_be_as_wanted() -> None:
    is_open = Evidence(read_at=AT, serial="1", supply=SupplyState.OPEN)
    expected = {
        CommandKind.OPEN_BREAKER: Verdict.APPLIED,
        CommandKind.CLOSE_BREAKER: Verdict.NOT_APPLIED,
        CommandKind.READ_NOW: Verdict.APPLIED,
        CommandKind.TOP_UP: Verdict.NOT_APPLIED,
    }
    for kind, verdict in expected.items():
        command = MeterCommand(kind=kind, state=CommandState.LEASED)
        assert judge_unwritten(command, meter(), is_open) is verdict
        assert judge_unwritten(command, meter(), None) is Verdict.NOT_APPLIED
        assert judge_unwritten(command, meter(), says(serial="2")) is Verdict.FOREIGN


def test_a_meter_that_takes_money_must_name_itself() -> None:
    assert is_foreign(meter(COUNTING), says(serial=None))
    assert not is_foreign(meter(WALLET), says(serial=None))
    assert is_foreign(meter(WALLET), says(serial="2"))


def test_each_rule_for_money_needs_its_own_evidence() -> None:
    assert lacks(meter(COUNTING), says(count=None))
    assert not lacks(meter(COUNTING), says(balance=None))
    assert lacks(meter(BLIND), says(balance=None))


def test_numbers_and_names_that_cannot_be_stored_are_noise() -> None:
    assert is_sound(says())
    assert not is_sound(says(count=2**63))
    assert not is_sound(says(balance=-(2**63)))
    assert not is_sound(says(serial="1\0"))
    assert not is_sound(Evidence(read_at=AT.replace(tzinfo=None)))
