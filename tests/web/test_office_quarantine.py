"""Staff see readings that cannot be true, with the evidence, and settle them."""

from datetime import timedelta

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.history.doubt import Doubt, counted
from backend.metering.history.held_models import HeldReading
from backend.metering.history.holding import hold
from backend.metering.history.storing import store_readings
from backend.metering.history.suspicion_models import SuspectMeter, Suspicion
from backend.metering.models import Meter
from backend.metering.statuses import Said
from backend.staff.roles import StaffRole
from meter_bridge.protocol import Evidence
from tests.flows.staff_world import Office
from tests.web.estate import Estate, built
from tests.web.office import at_desk


def _held(office: Office, estate: Estate) -> int:
    """Let the meter of the east park say once what cannot be."""

    def told(session: Session) -> int:
        now, meter = session.clock.now(), session.get_one(Meter, estate.meter.id)
        sound = Evidence(read_at=now - timedelta(hours=1), energy_wh=52_300)
        wrong = Evidence(read_at=now, energy_wh=1_230)
        blank = Evidence(read_at=now)
        own = meter.organisation_id
        store_readings(session, organisation_id=own, said=[Said(meter.id, sound), Said(meter.id, blank)])
        hold(session, meter=meter, said=[Said(meter.id, wrong)], doubt=Doubt.RAN_BACKWARDS, before=counted(sound))
        return session.scalars(select(HeldReading.id)).one()

    return office.runtime.database.run(told)


def test_a_technician_corrects_a_reading_with_a_reason(office: Office) -> None:
    estate = built(office)
    held = _held(office, estate)
    desk = at_desk(office, "tom", StaffRole.TECHNICIAN)
    assert "读数可疑的电表" in desk.see("/admin/")
    shown = desk.see("/admin/quarantine")
    assert all(told in shown for told in ("M0", "示数倒走", "52.30", "1.23", "-51.07"))
    where = f"/admin/quarantine/{held}/replace"
    desk.send(where, energy="viel", reason="看过表", back="/admin/quarantine")
    assert "应为电量（kWh）" in desk.see("/admin/quarantine")
    desk.send(where, energy="52.31", back="/admin/quarantine")
    assert "请填写理由。" in desk.see("/admin/quarantine")
    assert desk.send(where, energy="52.31", reason="看过表").status_code == 303
    assert "没有可疑读数" in desk.see("/admin/quarantine")
    assert "处理可疑读数" in desk.see(f"/admin/meters/{estate.meter.id}")


def test_all_of_a_case_is_counted_or_dropped(office: Office) -> None:
    estate = built(office)
    _held(office, estate)
    desk = at_desk(office, "tom", StaffRole.TECHNICIAN)
    desk.see("/admin/quarantine")
    assert desk.send(f"/admin/quarantine/meters/{estate.meter.id}/drop", reason="干扰").status_code == 303
    assert "读数已作废。" in desk.see("/admin/quarantine")
    assert desk.send(f"/admin/quarantine/meters/{estate.meter.id}/accept", reason="x").status_code == 404


def test_who_may_only_look_sees_no_buttons_and_another_park_nothing(office: Office) -> None:
    estate = built(office)
    _held(office, estate)
    auditor = at_desk(office, "ada", StaffRole.AUDITOR)
    assert "M0" in auditor.see("/admin/quarantine")
    assert "全部作废" not in auditor.shown
    far = at_desk(office, "henry", StaffRole.PARK_LEADER, office.parks[1])
    assert ">M0<" not in far.see("/admin/quarantine")
    assert far.send(f"/admin/quarantine/meters/{estate.meter.id}/drop", reason="x").status_code == 404


def _suspected(office: Office, estate: Estate) -> None:
    def told(session: Session) -> None:
        now, meter = session.clock.now(), session.get_one(Meter, estate.meter.id)
        meter.profile = "reference_cas"
        still = {"energy_wh": 52_300, "power_w": 1840, "suggested_wh": 7_360, "seen_at": now.isoformat()}
        drift = {"clock": now.isoformat(), "read_at": now.isoformat(), "ahead_s": -600}
        for suspicion, evidence in ((Suspicion.STANDS_STILL, still), (Suspicion.CLOCK_DRIFT, drift)):
            row = SuspectMeter(meter_id=meter.id, organisation_id=meter.organisation_id, suspicion=suspicion)
            row.since, row.evidence, row.noted_at = now - timedelta(hours=4), evidence, now
            session.add(row)

    office.runtime.database.run(told)


def test_suspected_meters_are_shown_with_what_is_missing_and_how_far_their_clock_is_off(office: Office) -> None:
    estate = built(office)
    _suspected(office, estate)
    desk = at_desk(office, "tom", StaffRole.TECHNICIAN)
    assert "示数不动或时钟不准" in desk.see("/admin/")
    shown = desk.see("/admin/quarantine")
    for words in ("示数不动", "1.840 kW", "7.36", "时钟偏差", "慢 10 分钟", 'value="clock"'):
        assert words in shown, words
    at = f"/admin/meters/{estate.meter.id}/ask"
    assert desk.send(at, do="clock", back="/admin/quarantine").headers["Location"].endswith("/admin/quarantine")
    for number in office.runtime.database.run(lambda s: s.scalars(select(SuspectMeter.id)).all()):
        where = f"/admin/quarantine/suspects/{number}/settle"
        desk.send(where, back="/admin/quarantine")
        assert "请填写理由。" in desk.see("/admin/quarantine")
        assert desk.send(where, reason="换了计度器").status_code == 303
    assert "没有可疑读数" in desk.see("/admin/quarantine")


def test_who_may_only_look_settles_no_suspicion_and_another_park_sees_none(office: Office) -> None:
    estate = built(office)
    _suspected(office, estate)
    auditor = at_desk(office, "ada", StaffRole.AUDITOR)
    assert "时钟偏差" in auditor.see("/admin/quarantine")
    assert ('value="clock"' in auditor.shown, "/settle" in auditor.shown) == (False, False)
    far = at_desk(office, "henry", StaffRole.PARK_LEADER, office.parks[1])
    assert "时钟偏差" not in far.see("/admin/quarantine")
