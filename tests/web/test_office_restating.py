"""A meter that was described wrongly is corrected at its page, and shows by which ratio it counts."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from backend.metering.causes import CommandCause
from backend.metering.commands.commanding import queue_command
from backend.metering.exchange_models import MeterExchange
from backend.metering.history.doubt import Doubt
from backend.metering.history.held_models import HeldReading
from backend.metering.history.models import Reading
from backend.metering.models import Meter, MeterState, MeterStatus
from backend.staff.roles import StaffRole
from meter_bridge.protocol import CommandKind
from tests.flows.staff_world import Office
from tests.web.estate import Estate, built
from tests.web.office import Browser, at_desk


def _send(desk: Browser, estate: Estate, **more: object) -> TestResponse:
    page = f"/admin/meters/{estate.meter.id}/restate"
    desk.see(page)
    told = {"profile": "reference_cas", "ct_ratio": "40", "pt_ratio": "1", "energy": "", "reason": "铭牌 200/5 A"}
    return desk.send(page, **told | more)


def _meters(office: Office) -> list[Meter]:
    active = select(Meter).filter_by(state=MeterState.ACTIVE).order_by(Meter.id)
    return list(office.runtime.database.run(lambda s: s.scalars(active).all()))


def test_a_ratio_is_corrected_and_stands_on_the_pages_with_what_the_display_shows(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    address = f"/admin/meters/{estate.meter.id}/restate"
    assert (address in desk.see(f"/admin/meters/{estate.meter.id}"), "倍率</dt>" in desk.shown) == (True, False)
    assert address in desk.see(f"/admin/field/{estate.meter.id}")
    assert "抄到表显 1.50 kWh" in desk.see(address)
    answer = _send(desk, estate)
    [new] = [meter for meter in _meters(office) if meter.number == "M0"]
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/meters/{new.id}")
    own, now = {"organisation_id": new.organisation_id}, office.clock.now()
    office.runtime.database.run(lambda s: s.add(MeterStatus(**own, meter_id=new.id, read_at=now, energy_wh=60_000)))
    text = desk.see(f"/admin/meters/{new.id}")
    for told in ("× 40", "CT 40", "60.00 kWh", "表显 1.50 kWh × 倍率 40", "倍率更正", "铭牌 200/5 A", "此前的登记"):
        assert told in text, told
    assert "旧表照片" not in text
    old = desk.see(f"/admin/meters/{estate.meter.id}")
    assert ("现在的登记" in old, "更正表型、倍率</a>" in old) == (True, False)
    assert desk.client.get(address).status_code == 303
    kept = office.runtime.database.run(lambda s: s.scalars(select(MeterExchange)).one())
    assert (kept.closing_energy_wh, kept.credit_left, kept.typed) == (1_500, None, False)


def test_the_password_is_told_again_before_a_ratio_is_changed(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    page = f"/admin/meters/{estate.meter.id}/restate"
    desk.see(page)
    office.clock.ahead += timedelta(minutes=6)
    told = {"profile": "reference_cas", "ct_ratio": "40", "pt_ratio": "1", "energy": "9", "reason": "铭牌 200/5 A"}
    answer = desk.send(page, **told)
    assert (answer.status_code, "/admin/prove?next=" in answer.headers["Location"]) == (303, True)
    assert [meter.ct_ratio for meter in _meters(office)] == [1, 1]


def test_what_makes_no_sense_is_told_beside_its_field(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    for told, words in (
        ({"ct_ratio": "0"}, "应为 1 至 10000 的整数"),
        ({"ct_ratio": "2.5"}, "应为 1 至 10000 的整数"),
        ({"ct_ratio": "1"}, "没有要更正的"),
        ({"profile": "reference_bcd"}, "先销户"),
        ({"energy": "1.4"}, "低于最近抄到的示数 1.50 kWh"),
        ({"reason": ""}, "请填写此项"),
        ({"profile": "no such"}, "请选择"),
    ):
        answer = _send(desk, estate, **told)
        assert (answer.status_code, words in answer.text) == (200, True), words
    assert [meter.ct_ratio for meter in _meters(office)] == [1, 1]


@pytest.mark.parametrize("kind", [CommandKind.TOP_UP, CommandKind.CLOSE_BREAKER])
def test_open_commands_are_in_the_way_and_the_page_says_what_to_do(office: Office, kind: CommandKind) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    amount = 100 if kind is CommandKind.TOP_UP else 0
    told: dict[str, Any] = {"kind": kind, "cause": CommandCause.PAYMENT, "amount": amount, "request_id": "r"}
    office.runtime.database.run(lambda s: queue_command(s, meter=estate.meter, **told))
    assert "还有 1 条充值、开关或参数指令没有结果" in _send(desk, estate).text
    assert "还有 1 条充值、开关或参数指令没有结果" in _send(desk, estate, profile="reference_additive").text


def test_a_held_register_is_corrected_by_what_the_display_shows(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    own, at = {"organisation_id": estate.meter.organisation_id, "meter_id": estate.meter.id}, office.clock.now()

    def held(session: Any) -> None:
        session.execute(update(Meter).filter_by(id=estate.meter.id).values(ct_ratio=40))
        session.add(Reading(**own, read_at=at, energy_wh=None, supply=None))
        evidence = {"read_at": at.isoformat(), "energy_wh": 4_000}
        doubt = Doubt.RAN_BACKWARDS
        session.add(HeldReading(**own, read_at=at, doubt=doubt, evidence=evidence, before=None, held_at=at))

    office.runtime.database.run(held)
    assert "表中示数已乘倍率 40" in desk.see("/admin/quarantine")
    [row] = office.runtime.database.run(lambda s: s.scalars(select(HeldReading)).all())
    desk.send(f"/admin/quarantine/{row.id}/replace", energy="2.5", reason="照表", back="/admin/quarantine")
    counted = select(Reading.energy_wh).filter_by(meter_id=estate.meter.id)
    assert office.runtime.database.run(lambda s: s.scalars(counted).all()) == [100_000]
