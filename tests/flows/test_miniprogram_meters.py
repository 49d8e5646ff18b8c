"""Meters as their tenants see them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from backend.accounts.models import Account
from backend.metering.models import Line, Meter, MeterStatus
from backend.people.models import Role
from meter_bridge.protocol import CreditUnit, SupplyState
from tests.flows.conftest import World
from tests.flows.people_world import Phone, bound, invited, refusal
from tests.flows.statements import heard
from tests.park import Metered


def read(world: World, metered: Metered, balance: int, *, age: float = 0.0) -> None:
    """Let a meter have been read so many seconds ago."""
    with world.runtime.database.transaction() as session:
        at = session.clock.now() - timedelta(seconds=age)
        row = MeterStatus(
            organisation_id=metered.meter.organisation_id, meter_id=metered.meter.id, read_at=at, balance=balance
        )
        row.supply, row.purchase_count, row.energy_wh = SupplyState.CLOSED, 7, 1000
        session.add(row)


def change(world: World, metered: Metered, **columns: Any) -> None:
    """Change columns of a meter by hand."""
    with world.runtime.database.transaction() as session:
        session.execute(update(Meter).where(Meter.id == metered.meter.id).values(**columns))


def seen(phone: Phone, metered: Metered) -> dict[str, Any]:
    """Return a meter as a person sees it, which is the same in the list."""
    alone: dict[str, Any] = phone.get(f"/meters/{metered.meter.reference}")
    (listed,) = [m for m in phone.get("/meters")["meters"] if m["reference"] == metered.meter.reference]
    assert {**listed, "age_seconds": 0, "usage": None} == {**alone, "age_seconds": 0}
    return alone


def test_credit_in_the_meter_is_what_the_meter_said_and_how_long_ago(world: World) -> None:
    read(world, world.park.counting, 2650, age=65)
    told = seen(bound(world, "dora"), world.park.counting)
    assert (told["credit_fen"], told["credit_source"], told["supply"]) == (2650, "meter", "closed")
    assert 65 <= told["age_seconds"] <= 75
    assert told["room"] == "Alice's park A 1 101"
    assert (told["holder_name"], told["role"], told["can_top_up"], told["why_not"]) == ("Bob's", "owner", True, None)


def test_a_meter_never_read_shows_nothing_rather_than_zero(world: World) -> None:
    told = seen(bound(world, "dora"), world.park.counting)
    assert [told[name] for name in ("credit_fen", "supply", "read_at", "age_seconds", "gateway_answers")] == [None] * 5


def test_credit_on_the_platform_is_the_wallet(world: World) -> None:
    with world.runtime.database.transaction() as session:
        session.execute(update(Account).where(Account.id == world.park.relay.account.id).values(wallet_fen=-120))
    told = seen(bound(world, "dora"), world.park.relay)
    assert (told["credit_fen"], told["credit_source"], told["can_top_up"]) == (-120, "platform", True)


def test_credit_in_energy_is_never_shown_as_money(world: World) -> None:
    read(world, world.park.counting, 81_000)
    change(world, world.park.counting, credit_unit=CreditUnit.ENERGY)
    told = seen(bound(world, "dora"), world.park.counting)
    assert (told["credit_fen"], told["remaining_energy_wh"]) == (None, 81_000)
    assert (told["can_top_up"], told["why_not"]) == (False, "not_sellable")


def test_a_silent_gateway_is_said(world: World) -> None:
    with world.runtime.database.transaction() as session:
        session.execute(update(Line).values(gateway_answers=False))
    assert seen(bound(world, "dora"), world.park.counting)["gateway_answers"] is False


def test_why_a_meter_cannot_be_topped_up_is_said_in_the_readers_language(world: World) -> None:
    viewer = bound(world, "dora", role=Role.VIEWER)
    told = seen(viewer, world.park.counting)
    assert (told["why_not"], told["why_not_text"]) == ("viewer_only", "您只能查看，不能充值。")
    change(world, world.park.blind, frozen_reason="foreign write")
    owner = bound(world, "emil")
    owner.language = "en"
    told = seen(owner, world.park.blind)
    assert (told["why_not"], told["why_not_text"]) == ("meter_frozen", "The property company is checking this meter.")


def test_another_tenants_meter_is_as_missing_as_one_that_never_was(world: World) -> None:
    phone = bound(world, "dora")
    foreign = phone.call("GET", f"/meters/{world.park.other.meter.reference}")
    missing = phone.call("GET", f"/meters/{'X' * 26}")
    assert refusal(foreign) == refusal(missing) == (404, "not_found")
    different = {"request_id"}
    assert {k: v for k, v in foreign.json().items() if k not in different} == {
        k: v for k, v in missing.json().items() if k not in different
    }
    assert "M4" not in {meter["number"] for meter in phone.get("/meters")["meters"]}


@pytest.mark.parametrize("reference", ["x", "%00", "%F0%9F%92%A9", "X" * 27, "'%20OR%201=1"])
def test_an_odd_reference_is_not_found(world: World, reference: str) -> None:
    assert bound(world, "dora").call("GET", f"/meters/{reference}").status_code == 404


def test_who_is_bound_to_two_tenants_sees_both(world: World) -> None:
    phone = bound(world, "dora", role=Role.VIEWER)
    phone.post("/bindings", {"code": invited(world, world.park.other)})
    told = {meter["number"]: meter["role"] for meter in phone.get("/meters")["meters"]}
    assert told == {"M1": "viewer", "M2": "viewer", "M3": "viewer", "M4": "owner"}


def test_all_meters_come_in_one_query(world: World) -> None:
    phone = bound(world, "dora")
    with heard() as statements:
        assert len(phone.get("/meters")["meters"]) == 3
    assert len(statements) == 1, statements  # whose token it is, and the meters


def test_a_water_meter_is_spoken_of_as_one(world: World) -> None:
    phone, metered = bound(world, "dora"), world.park.counting
    assert seen(phone, metered)["medium"] == "electricity"
    change(world, metered, profile="reference_water", frozen_reason="foreign_write")
    told = seen(phone, metered)
    assert (told["medium"], told["why_not_text"]) == ("water", "此水表正在由物业核对，暂不能充值。")
    phone.language = "en"
    assert seen(phone, metered)["why_not_text"] == "The property company is checking this water meter."
    change(world, metered, profile="of a file that is missing")
    assert seen(phone, metered)["medium"] == "electricity"
