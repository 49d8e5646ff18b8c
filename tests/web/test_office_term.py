"""The end of a term in a dormitory: looked at room by room, carried out once, and nobody's credit is handed over."""

import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from backend.accounts.models import Account, AccountMeter
from backend.audit.models import AuditEntry
from backend.estate.building import add_holder, add_room, let_room
from backend.estate.models import HolderKind, Organisation, Room, RoomKind, Tenancy
from backend.kernel.db import Session
from backend.kernel.entropy import CHINA
from backend.metering.models import Meter, MeterStatus
from backend.staff.roles import StaffRole
from backend.vending.models import CreditOrder, OrderState
from tests.flows.import_world import workbook
from tests.flows.staff_world import Office
from tests.web.estate import Estate, built
from tests.web.office import Browser, at_desk

PAGE = "/admin/rooms/term?kind=dormitory"
PEOPLE = ("张甲", "李乙", "王丙", "赵丁")


@pytest.fixture
def estate(office: Office) -> Estate:
    """A dormitory: D1 and D2 held by persons, D3 empty, D4 ending by itself; and east's metered room held by Zhang."""
    made = built(office)

    def move_in(session: Session) -> None:
        own = session.get_one(Organisation, office.organisation.id)
        people = [add_holder(session, organisation=own, name=name, kind=HolderKind.PERSON) for name in PEOPLE]
        for n in range(1, 5):
            room = add_room(session, building=made.building, floor="2", number=f"D{n}")
            room.kind = RoomKind.DORMITORY
            if n != 3:
                let_room(session, room=room, holder=people[n - 1], starts_on=date(2026, 1, 1))
        session.flush()
        ending = select(Tenancy).join(Room, Room.id == Tenancy.room_id).where(Room.number == "D4")
        session.scalars(ending).one().ends_on = date(2026, 6, 1)

    office.runtime.database.run(move_in)
    return made


def _days(office: Office, back: int = 1) -> dict[str, str]:
    today = office.clock.now().astimezone(CHINA).date()
    return {
        "last_day": (today - timedelta(days=back)).isoformat(),
        "first_day": (today + timedelta(days=5)).isoformat(),
    }


def _list(*rooms: tuple[str, str]) -> tuple[BytesIO, str]:
    rows = [{"park": "east", "building": "A座", "floor": "2", "number": n, "holder": holder} for n, holder in rooms]
    return BytesIO(workbook(rooms=rows)), "term.xlsx"


def _look(desk: Browser, **told: object) -> str:
    desk.see(PAGE)
    desk.shown = desk.send(PAGE, **told).text
    return unescape(desk.shown)


def _row(shown: str, room: str) -> str:
    cells = re.search(rf">A座 {room}</a></td>(.*?)</tr>", shown, re.DOTALL)
    assert cells, shown[:3000]
    return " ".join(re.sub(r"<[^>]+>", " ", cells[1]).split())


def _confirm(desk: Browser) -> str:
    shown = unescape(desk.shown)
    hidden = {name: re.findall(rf'name="{name}" value="(.*?)">', desk.shown)[0] for name in ("wish", "digest")}
    assert "确认换届" in shown
    answer = desk.send(
        "/admin/rooms/term/confirm", **{name: unescape(told) for name, told in hidden.items()}, back=PAGE
    )
    return answer.headers["Location"]


def _held(office: Office, number: str) -> list[tuple[date, date | None]]:
    held = select(Tenancy).join(Room, Room.id == Tenancy.room_id).where(Room.number == number)
    found = office.runtime.database.run(lambda s: s.scalars(held.order_by(Tenancy.starts_on)).all())
    return [(each.starts_on, each.ends_on) for each in found]


def _becomes_dormitory(office: Office, estate: Estate, balance: int | None) -> None:
    def change(session: Session) -> None:
        session.get_one(Room, estate.east.id).kind = RoomKind.DORMITORY
        if balance is not None:
            session.execute(update(MeterStatus).where(MeterStatus.meter_id == estate.meter.id).values(balance=balance))
            session.execute(update(CreditOrder).values(state=OrderState.CREDITED))

    office.runtime.database.run(change)


def test_rooms_change_hands_at_once_and_only_once(office: Office, estate: Estate) -> None:
    desk, days = at_desk(office, "alice", StaffRole.ADMINISTRATOR), _days(office)
    comers = _list(("D1", "李乙"), ("D2", "李乙"), ("D3", "赵丁"))
    shown = _look(desk, **days, file=comers)
    assert [_row(shown, f"D{n}").split()[0] for n in range(1, 5)] == ["换人", "续住", "入住", "不处理"]
    assert "没有租约" in _row(shown, "D4")
    assert (_held(office, "D3"), "确认换届（2 间）" in shown) == ([], True)
    for _ in range(2):  # told twice it is done once
        assert _confirm(desk) == "/admin/rooms?kind=dormitory"
    assert "换人 1 间，退租 0 间，入住 1 间；续住 1 间，未处理 1 间" in desk.see("/admin/rooms?kind=dormitory")
    end, begin = date.fromisoformat(days["last_day"]) + timedelta(days=1), date.fromisoformat(days["first_day"])
    assert _held(office, "D1") == [(date(2026, 1, 1), end), (begin, None)]
    assert (_held(office, "D2"), _held(office, "D3")) == ([(date(2026, 1, 1), None)], [(begin, None)])
    told = office.runtime.database.run(lambda s: s.scalars(select(AuditEntry.action)).all())
    counts = {word: told.count(word) for word in ("tenancy_ended", "tenancy_begun", "term_rolled_over")}
    assert counts == {"tenancy_ended": 1, "tenancy_begun": 2, "term_rolled_over": 1}
    assert estate.east.number not in shown


def test_what_changed_since_the_look_is_not_carried_out(office: Office, estate: Estate) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    _look(desk, **_days(office))
    ended = date(2026, 8, 1)
    office.runtime.database.run(
        lambda s: s.execute(update(Tenancy).where(Tenancy.ends_on.is_(None)).values(ends_on=ended))
    )
    assert _confirm(desk) == PAGE
    assert "数据已有变化" in desk.see(PAGE)
    assert _held(office, "D1") == [(date(2026, 1, 1), ended)]
    assert desk.send("/admin/rooms/term/confirm", wish="[]", digest="x").status_code == 404


def test_a_list_that_does_not_fit_is_said_beside_it(office: Office, estate: Estate) -> None:
    desk, days = at_desk(office, "alice", StaffRole.ADMINISTRATOR), _days(office)
    shown = _look(desk, last_day=days["first_day"], first_day=days["last_day"])
    assert ("新学期的第一天必须晚于" in shown, f'value="{days["first_day"]}"' in shown) == (True, True)
    assert "第 2 行：不在选中的宿舍房间里" in _look(desk, **days, file=_list(("301", "李乙")))
    assert "第 3 行：重复" in _look(desk, **days, file=_list(("D1", "李乙"), ("D1", "王丙")))
    assert "无法读取文件" in _look(desk, **days, file=(BytesIO(b"no"), "x.xlsx"))
    shown = _look(desk, **days, file=_list(("D1", "路人")))
    assert "没有这个租户" in _row(shown, "D1")
    rows = CalamineWorkbook.from_filelike(BytesIO(desk.client.get(f"{PAGE.replace('?', '/workbook?')}").data))
    assert [rows.get_sheet_by_index(0).to_python()[1][n] for n in (1, 2, 3, 8)] == ["A座", "2", "D1", "张甲"]
    assert desk.client.get("/admin/rooms/term").headers["Location"] == "/admin/rooms?kind=dormitory"
    assert (PAGE in desk.see("/admin/rooms?kind=dormitory"), PAGE in desk.see("/admin/rooms")) == (True, False)


@pytest.mark.parametrize(
    ("balance", "back", "why"),
    [
        (None, 1, "有未了结的充值"),
        (2_650, 1, "账户还有余额或欠费"),
        (-5, 1, "账户还有余额或欠费"),
        (0, 0, "期末前仍在用表充值"),
    ],
)
def test_credit_of_who_leaves_holds_the_room(
    office: Office, estate: Estate, balance: int | None, back: int, why: str
) -> None:
    _becomes_dormitory(office, estate, balance)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    shown = _look(desk, **_days(office, back), file=_list(("301", "李乙")))
    assert (why in _row(shown, "301"), "账户 N0" in _row(shown, "301")) == (True, True)
    _confirm(desk)
    assert _held(office, "301") == [(date(2026, 1, 1), None)]


def test_an_old_reading_says_nothing_of_the_credit(office: Office, estate: Estate) -> None:
    _becomes_dormitory(office, estate, 0)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    office.clock.ahead += timedelta(days=2)
    desk.log_in(office, "alice")
    assert "余额未知，请先抄表" in _row(_look(desk, **_days(office)), "301")


def test_an_empty_account_leaves_the_meter_and_who_comes_sees_none_of_it(office: Office, estate: Estate) -> None:
    _becomes_dormitory(office, estate, 0)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    assert _row(_look(desk, **_days(office), file=_list(("301", "李乙"))), "301").startswith("换人")
    _confirm(desk)
    assert len(_held(office, "301")) == 2
    links = select(AccountMeter).filter_by(meter_id=estate.meter.id)
    assert office.runtime.database.run(lambda s: s.scalars(links).one().ended_at) is not None
    assert "移出账户" in desk.see(f"/admin/meters/{estate.meter.id}")


def test_an_account_of_a_room_group_stays_whoever_moves(office: Office, estate: Estate) -> None:
    _becomes_dormitory(office, estate, 2_650)

    def to_group(session: Session) -> None:
        own = session.get_one(Organisation, office.organisation.id)
        group = add_holder(session, organisation=own, name="宿舍一组", kind=HolderKind.ROOM_GROUP)
        account = select(Account).join(AccountMeter, AccountMeter.account_id == Account.id)
        session.scalars(account.where(AccountMeter.meter_id == estate.meter.id)).one().holder_id = group.id

    office.runtime.database.run(to_group)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    row = _row(_look(desk, **_days(office, -3), file=_list(("301", "李乙"))), "301")
    assert (row.startswith("换人"), "“宿舍一组”的账户 N0，余额 ¥26.50" in row) == (True, True)
    _confirm(desk)
    links = select(AccountMeter).filter_by(meter_id=estate.meter.id)
    assert office.runtime.database.run(lambda s: s.scalars(links).one().ended_at) is None
    assert office.runtime.database.run(lambda s: s.get_one(Meter, estate.meter.id).room_id) == estate.east.id
