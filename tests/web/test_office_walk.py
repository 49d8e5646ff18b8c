"""A walk test: one breaker after another is opened, somebody says what went dark, and it is closed again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend.audit.models import AuditEntry
from backend.estate.building import add_room
from backend.estate.models import Building
from backend.jobs import drains
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import queue_command
from backend.metering.field.install import add_meter
from backend.metering.models import Meter, MeterStatus
from backend.metering.walk_models import WalkStep
from backend.staff.roles import StaffRole
from meter_bridge.protocol import CommandKind, CommandState, SupplyState
from tests.flows.staff_world import Office
from tests.web.estate import built
from tests.web.office import at_desk

OPEN, CLOSE = CommandKind.OPEN_BREAKER, CommandKind.CLOSE_BREAKER


class Walk:
    """A building of two metered rooms, and a technician who walks through it."""

    def __init__(self, office: Office) -> None:
        self.office, self.estate = office, built(office)
        self.second = self.run(self._second)
        self.desk = at_desk(office, "grace", StaffRole.TECHNICIAN)
        self.page = ""

    def run(self, work: Any) -> Any:
        return self.office.runtime.database.run(work)

    def _second(self, session: Any) -> Meter:
        building, estate = session.get_one(Building, self.estate.building.id), self.estate
        room = add_room(session, building=building, floor="3", number="302")
        profile = self.office.runtime.profiles["reference_cas"]
        known: dict[str, Any] = {"number": "M2", "serial": "202600000002", "profile": profile, "unit": 2}
        meter = add_meter(session, room_id=room.id, line_id=estate.line.id, **known)
        own, now = {"organisation_id": meter.organisation_id}, session.clock.now()
        session.add(MeterStatus(**own, meter_id=meter.id, read_at=now, supply=SupplyState.CLOSED))
        return meter

    def begin(self, cut: str = "竣工验收", **more: object) -> str:
        self.desk.see("/admin/walks/new")
        told = {"place": f"b{self.estate.building.id}", "cut": cut} | more
        answer = self.desk.send("/admin/walks/new", **told)
        self.page = answer.headers.get("Location", "")
        return self.desk.see(self.page) if self.page else answer.text

    def steps(self) -> list[WalkStep]:
        return list(self.run(lambda s: s.scalars(select(WalkStep).order_by(WalkStep.id)).all()))

    def do(self, what: str, at: int = 0, **fields: object) -> str:
        self.desk.see(self.page)
        self.desk.send(f"{self.page}/{what}", step=self.steps()[at].id, back=self.page, **fields)
        return self.desk.see(self.page)

    def commands(self) -> list[tuple[CommandKind, int]]:
        rows = self.run(lambda s: s.scalars(select(MeterCommand).order_by(MeterCommand.id)).all())
        return [(row.kind, row.meter_id) for row in rows]

    def confirm(self) -> None:
        def confirmed(session: Any) -> None:
            for command in session.scalars(select(MeterCommand).filter_by(settled_at=None)):
                command.state, command.settled_at = CommandState.CONFIRMED, self.office.clock.now()

        self.run(confirmed)

    def judge(self, at: int, dark: object) -> str:
        self.do("open", at)
        self.confirm()
        return self.do("judge", at, dark=dark)


@pytest.fixture
def walk(office: Office) -> Walk:
    return Walk(office)


def test_crossed_rooms_are_named_and_every_breaker_is_closed_again(walk: Walk) -> None:
    first, second = walk.estate.meter, walk.second
    assert "现在：301 · M0" in walk.begin()
    assert "等待电表确认拉闸" in walk.do("open")
    assert "电表还没有确认拉闸" in walk.do("judge", dark=second.room_id)
    walk.confirm()
    assert "哪间断电了？" in walk.desk.see(walk.page)
    assert "断电的是 302" in walk.do("judge", dark=second.room_id)
    walk.confirm()
    text = walk.judge(1, first.room_id)
    assert "301 与 302 接反：M0 供的是 302，M2 供的是 301。" in text
    assert "所有电表都走到了" in text
    assert walk.commands() == [(OPEN, first.id), (CLOSE, first.id), (OPEN, second.id), (CLOSE, second.id)]
    grace = walk.office.staff("grace").id
    assert {(step.result, step.judged_by) for step in walk.steps()} == {("crossed", grace)}
    assert "走查已结束" in walk.do("end")
    assert "已结束" in walk.desk.see("/admin/walks")
    entries = walk.run(lambda s: s.scalars(select(AuditEntry)).all())
    assert {"walk_started", "walk_judged", "walk_ended", "command_asked"} <= {entry.action for entry in entries}


def test_right_and_none_are_noted_and_a_walk_is_resumed_by_another(walk: Walk) -> None:
    walk.begin()
    assert "接线正确" in walk.judge(0, walk.estate.meter.room_id)
    walk.confirm()
    henry = at_desk(walk.office, "henry", StaffRole.TECHNICIAN)
    assert "现在：302 · M2" in henry.see(walk.page)
    assert "无房间断电" in walk.judge(1, "none")
    far = at_desk(walk.office, "far", StaffRole.TECHNICIAN, walk.office.parks[1])
    far.see(walk.page, status=404)
    far.see("/admin/walks")
    assert far.send(f"{walk.page}/end").status_code == 404


def test_tenants_are_cut_only_when_that_was_confirmed(walk: Walk) -> None:
    walk.begin(cut="")
    assert "房间有租户用电" in walk.do("open")
    assert walk.commands() == []


def _lock(walk: Walk) -> None:
    page = f"/admin/field/{walk.estate.meter.id}"
    walk.desk.see(page)
    walk.desk.send(f"/admin/meters/{walk.estate.meter.id}/lock", reason="更换断路器", back=page)


def _money(walk: Walk) -> None:
    meter, kind, cause = walk.estate.meter, CommandKind.TOP_UP, CommandCause.PAYMENT
    walk.run(lambda s: queue_command(s, meter=meter, kind=kind, cause=cause, amount=100, request_id="r"))


def _dark(walk: Walk) -> None:
    status = select(MeterStatus).filter_by(meter_id=walk.estate.meter.id)
    walk.run(lambda s: setattr(s.scalars(status).one(), "supply", SupplyState.OPEN))


@pytest.mark.parametrize(
    ("stands", "words"), [(_lock, "挂着检修锁"), (_money, "有充值正在路上"), (_dark, "断路器现在不是合闸状态")]
)
def test_a_meter_that_must_not_be_switched_is_skipped_with_words(walk: Walk, stands: Any, words: str) -> None:
    stands(walk)
    walk.begin()
    assert words in walk.do("open")
    assert [step.result for step in walk.steps()] == ["skipped", None]
    assert OPEN not in {kind for kind, _ in walk.commands()}


def test_what_is_opened_and_left_is_closed_by_ending_skipping_or_by_itself(walk: Walk) -> None:
    first, second = walk.estate.meter.id, walk.second.id
    walk.begin()
    walk.do("open", 0)
    walk.do("open", 1)  # one after the other
    assert walk.commands() == [(OPEN, first)]
    walk.do("skip", 0)
    walk.do("open", 1)
    drains.walks(walk.office.runtime)
    assert walk.commands() == [(OPEN, first), (CLOSE, first), (OPEN, second)]
    walk.office.clock.ahead += timedelta(minutes=16)
    drains.walks(walk.office.runtime)
    drains.walks(walk.office.runtime)
    assert walk.commands() == [(OPEN, first), (CLOSE, first), (OPEN, second), (CLOSE, second)]
    walk.office.clock.ahead += timedelta(minutes=-16)
    walk.do("end")
    assert "这一步已经处理过" in walk.do("open", 0)
    assert len(walk.commands()) == 4


def test_what_cannot_be_meant_is_refused(walk: Walk) -> None:
    assert "请选择" in walk.begin(place="b999999")
    walk.begin()
    walk.do("open")
    walk.confirm()
    walk.desk.see(walk.page)
    step = walk.steps()[0].id
    for what, fields in (
        ("judge", {"dark": "999999"}),
        ("judge", {"dark": "x"}),
        ("fly", {}),
        ("open", {"step": "999999"}),
    ):
        assert walk.desk.send(f"{walk.page}/{what}", **({"step": step} | fields)).status_code == 404, what
    assert [s.result for s in walk.steps()] == [None, None]
