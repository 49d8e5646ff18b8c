"""What meters count by tariff period and measure by phase, as staff see it."""

from datetime import timedelta
from typing import Any

from backend.metering.history.conditions import Measured, note_conditions
from backend.metering.history.storing import store_readings
from backend.metering.statuses import Said
from backend.staff.roles import StaffRole
from meter_bridge.protocol import Alarm, Condition, Evidence
from tests.flows.staff_world import Office
from tests.web.estate import Estate, built
from tests.web.office import at_desk


def _told(office: Office, estate: Estate, evidence: dict[str, int], condition: Condition | None) -> None:
    def tell(session: Any) -> None:
        at, meter = session.clock.now() - timedelta(minutes=2), estate.meter.id
        said = [Said(meter, Evidence(read_at=at, **evidence))]
        store_readings(session, organisation_id=office.organisation.id, said=said)
        if condition is not None:
            measured = [Measured(meter, at, condition)]
            note_conditions(session, organisation_id=office.organisation.id, measured=measured)

    office.runtime.database.run(tell)


def test_a_meter_shows_its_periods_its_phases_how_far_they_are_apart_and_its_alarms(office: Office) -> None:
    estate = built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    registers = {"energy_wh": 9_000_000, "peak_wh": 5_000_000, "valley_wh": 4_000_000}
    condition = Condition(
        voltage_mv=[221_300, 219_800, 220_100],
        current_ma=[4_000, 5_000, 6_000],
        phase_power_w=[850, 1_050, 1_290],
        power_w=3_190,
        power_factor=-950,
        current_thd=[1_234, 900, 50],
        alarms=[Alarm.OVERLOAD],
    )
    _told(office, estate, registers, condition)
    for page in (f"/admin/meters/{estate.meter.id}", f"/admin/wall/rooms/{estate.meter.room_id}/live"):
        text = desk.see(page)
        for shown in ("221.3", "219.8", "6.00", "1.290", "3.190", "-0.950", "12.34", "20.00 %", "超负荷"):
            assert shown in text, (page, shown)
    text = desk.see(f"/admin/meters/{estate.meter.id}")
    for shown in ("5,000.00 kWh", "4,000.00 kWh", "今日电压 219.8 至 221.3 V", "最大功率 3.19 kW"):
        assert shown in text, shown
    assert "深谷" not in text


def test_a_water_meter_shows_cubic_metres_and_one_that_told_nothing_shows_no_table(office: Office) -> None:
    estate = built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    assert "电能质量" not in desk.see(f"/admin/meters/{estate.meter.id}")
    _told(office, estate, {"volume_l": 1_560_123}, Condition(alarms=[]))
    text = desk.see(f"/admin/meters/{estate.meter.id}")
    assert "1,560.123 m³" in text
    assert "没有报警" in text
    assert "电能示数" not in text
