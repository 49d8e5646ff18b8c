"""A water meter is spoken of as one: its valve opens and shuts, and nothing of it is called a breaker."""

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from backend.accounts.models import Account, AccountMeter, Billing
from backend.admin.kit.labels import labels
from backend.admin.kit.language import english, water
from backend.admin.wall.board import Boards
from backend.admin.wall.looking import EXTENSION
from backend.kernel.db import Session
from backend.kernel.entropy import CHINA
from backend.metering.causes import CommandCause
from backend.metering.commands.commanding import queue_command
from backend.metering.field.install import add_meter
from backend.metering.history.hours import spent_today
from backend.metering.history.models import Reading
from backend.metering.history.partitions import make_partitions_since
from backend.metering.models import Meter, MeterStatus
from backend.staff.roles import StaffRole
from meter_bridge.protocol import CommandKind, CommandState, MoneyCapability, SupplyState
from tests.flows.staff_world import Office
from tests.web.estate import Estate, built
from tests.web.office import Browser, at_desk, browser
from tests.web.test_office_words import ADMIN

OF_BREAKERS = re.compile(r"合闸|拉闸|断路器|断电|供电|电表|保电")
IN_ENGLISH = re.compile(r"breaker|electricity|\bclose[sd]?\b|current", re.IGNORECASE)
OF_MEDIUM = re.compile(r't\("([^"]+)", sight\.medium')
SWITCHED = ("SupplyState", "BreakerHolder", "Remedy")


def _watered(office: Office, estate: Estate, **said: object) -> Meter:
    """Hang a water meter into the room, read just now."""

    def hung(session: Session) -> Meter:
        meter = add_meter(
            session,
            room_id=estate.east.id,
            line_id=estate.line.id,
            unit=2,
            number="W1",
            serial="202609990001",
            profile=office.runtime.profiles["reference_water"],
        )
        told = {"organisation_id": meter.organisation_id, "meter_id": meter.id, "read_at": office.clock.now()}
        session.add(MeterStatus(**told | {"supply": SupplyState.CLOSED} | said))
        return meter

    return office.runtime.database.run(hung)


def _at_wall(office: Office, **said: object) -> tuple[Estate, Meter, Browser]:
    estate = built(office)
    meter, desk = _watered(office, estate, **said), at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    desk.client.application.extensions[EXTENSION] = Boards(office.runtime.clock, shared_for=0, overlap=timedelta(0))
    return estate, meter, desk


def _midnight(office: Office) -> datetime:
    return office.clock.now().astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)


def _read(office: Office, meter: Meter, midnight: datetime, **told: dict[int, int]) -> None:
    """Store readings of a meter, some minutes from midnight."""

    def read(session: Session) -> None:
        make_partitions_since(session, since=midnight - timedelta(hours=1))
        for name, values in told.items():
            for minutes, value in values.items():
                own = {"organisation_id": meter.organisation_id, "meter_id": meter.id}
                session.add(Reading(**own | {name: value}, read_at=midnight + timedelta(minutes=minutes)))

    office.runtime.database.run(read)


def _say(office: Office, meter: Meter, **values: object) -> None:
    said = update(MeterStatus).where(MeterStatus.meter_id == meter.id).values(**values)
    office.runtime.database.run(lambda session: session.execute(said))


def _top_up(office: Office, meter: Meter, amount: int, *, proved_at: datetime) -> None:
    def confirmed(session: Session) -> None:
        kind, cause = CommandKind.TOP_UP, CommandCause.PAYMENT
        command = queue_command(session, meter=meter, kind=kind, cause=cause, amount=amount, request_id="r")
        command.state, command.settled_at = CommandState.CONFIRMED, proved_at
        command.after = {"read_at": proved_at.isoformat()}

    office.runtime.database.run(confirmed)


def _of_breakers(enum: str, word: str) -> bool:
    return OF_BREAKERS.search(labels()[enum][word][0]) is not None


def _part(text: str, begins: str, ends: str) -> str:
    return text.partition(begins)[2].partition(ends)[0]


def test_tile_and_chips_of_water_speak_of_valves(office: Office) -> None:
    estate, meter, desk = _at_wall(office, supply=SupplyState.OPEN)
    wall = desk.see(f"/admin/wall?park={estate.park.id}&medium=water")
    tile = _part(wall, f'id="room-{estate.east.id}"', "</a>")
    assert ("阀门已关" in tile, "#i-shut" in tile) == (True, True)
    assert OF_BREAKERS.findall(tile) == OF_BREAKERS.findall(_part(wall, 'id="wall-counts"', "</nav>")) == []
    assert "拉闸" not in _part(desk.see(f"/admin/wall?park={estate.park.id}"), f'id="room-{estate.east.id}"', "</a>")
    listed = desk.see("/admin/meters")
    assert "阀门已关" in _part(listed, f'href="/admin/meters/{meter.id}"', "</tr>")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_of_a_water_meter_name_no_breaker(office: Office, language: str) -> None:
    estate, meter, _ = _at_wall(office, supply=SupplyState.OPEN)
    desk = browser(office, language)
    desk.log_in(office, "alice")
    drawer = desk.see(f"/admin/wall/rooms/{estate.east.id}?meter={meter.id}", HX_Request="true")
    told = _part(drawer, 'id="wall-live"', "drawer-links")
    odd = (OF_BREAKERS if language == "zh" else IN_ENGLISH).findall(re.sub(r"<[^>]+>", " ", told))
    assert odd == []
    for words in ("阀门已关", "关阀原因不明", "开阀") if language == "zh" else ("Valve shut", "Open the valve"):
        assert words in told, words


def test_a_locked_valve_refuses_in_words_of_valves(office: Office) -> None:
    _, meter, desk = _at_wall(office, supply=SupplyState.OPEN)
    page = f"/admin/meters/{meter.id}"
    desk.see(page)
    desk.send(f"{page}/lock", reason="更换水表", back=page)
    assert "作业前仍须确认无水" in desk.see(page)
    assert "任何来源的开阀都会被拒绝" in desk.see(page)
    desk.send(f"{page}/ask", do="close", reason="供水", back=page)
    assert "取下之前不能开阀" in desk.see(page)


def test_the_drawer_has_a_tab_for_each_meter_and_shows_the_one_that_is_named(office: Office) -> None:
    estate, meter, desk = _at_wall(office)
    room = f"/admin/wall/rooms/{estate.east.id}"
    first = desk.see(room, HX_Request="true")
    assert re.findall(r'id="tab-(\d+)"[^>]*aria-selected="(\w+)"', desk.shown) == [
        (str(estate.meter.id), "true"),
        (str(meter.id), "false"),
    ]
    assert ("今日用电" in first, "拉闸" in first, "关阀" in first) == (True, True, False)
    second = desk.see(f"{room}?meter={meter.id}", HX_Request="true")
    assert ("今日用水" in second, "拉闸" in second, "关阀" in second) == (True, False, True)
    back = f"/admin/wall?park={estate.park.id}&room={estate.east.id}&meter={meter.id}"
    assert f'value="{back}"' in second
    assert desk.client.get(f"{room}?meter={meter.id}").headers["Location"] == back
    assert "关阀" in desk.see(f"{room}?medium=water", HX_Request="true"), "a wall of water opens its meter"
    assert "拉闸" in desk.see(f"{room}?meter=999999", HX_Request="true"), "a meter that is gone: the first"
    ids = re.findall(r'\bid="([^"]+)"', desk.shown)
    assert len(ids) == len(set(ids))


def test_one_meter_alone_has_no_tabs(office: Office) -> None:
    estate = built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    assert "tablist" not in desk.see(f"/admin/wall/rooms/{estate.east.id}", HX_Request="true")


def test_todays_water_is_told_in_cubic_metres(office: Office) -> None:
    estate, meter, desk = _at_wall(office)
    midnight = _midnight(office)
    _read(office, meter, midnight, volume_l={-30: 10_000, 1: 10_250, 2: 11_500})
    office.clock.ahead += midnight + timedelta(minutes=3) - office.clock.now()
    text = desk.see(f"/admin/wall/rooms/{estate.east.id}/live?meter={meter.id}", HX_Request="true")
    assert ("今日用水" in text, "1.500 m³" in text, "kWh" in text) == (True, True, False)


def test_what_was_spent_today_counts_top_ups_by_the_reading_that_proved_them(office: Office) -> None:
    estate, midnight = built(office), _midnight(office)
    meter = estate.meter

    def spent() -> int | None:
        told = office.runtime.database.run(lambda s: spent_today(s, meter_id=meter.id, zone="Asia/Shanghai"))
        return told.amount if told else None

    _read(office, meter, midnight, balance={-30: 20_000, 60: 17_500})
    _say(office, meter, read_at=midnight + timedelta(minutes=60), balance=17_500)
    office.clock.ahead += midnight + timedelta(minutes=70) - office.clock.now()
    assert spent() == 2_500
    _say(office, meter, read_at=midnight + timedelta(minutes=65), balance=22_000)
    assert spent() is None, "more came than is known of"
    _top_up(office, meter, 5_000, proved_at=midnight + timedelta(minutes=64))
    assert spent() == 3_000
    _say(office, meter, read_at=midnight + timedelta(minutes=63), balance=17_100)
    assert spent() == 2_900, "this reading is older than the top-up"


def test_what_was_spent_says_since_when_it_is_counted(office: Office) -> None:
    estate, midnight = built(office), _midnight(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    meter, live = estate.meter, f"/admin/wall/rooms/{estate.east.id}/live"
    _read(office, meter, midnight, balance={200: 20_000, 260: 17_500})
    _say(office, meter, read_at=midnight + timedelta(minutes=260), balance=17_500)
    office.clock.ahead += midnight + timedelta(minutes=270) - office.clock.now()
    text = desk.see(live, HX_Request="true")
    assert ("25.00" in text, f"从 {midnight:%m-%d} 03:20 的读数起" in text) == (True, True)
    _read(office, meter, midnight, balance={-5: 21_000})
    text = desk.see(live, HX_Request="true")
    assert ("35.00" in text, "的读数起" in text) == (True, False)


def test_a_room_is_found_by_the_number_of_its_other_meter_and_its_drawer_opens_that_one(office: Office) -> None:
    estate, meter, desk = _at_wall(office)
    wall = f"/admin/wall?park={estate.park.id}"
    room = f'id="room-{estate.east.id}"'
    by_water = desk.see(f"{wall}&q=W1")
    there = f"/admin/wall?park={estate.park.id}&q=W1&medium=water"
    assert (room in by_water, "1 个房间是按水表的表号找到的" in by_water, there in by_water) == (True, True, True)
    opened = desk.see(f"/admin/wall/rooms/{estate.east.id}?park={estate.park.id}&q=W1", HX_Request="true")
    assert re.search(rf'id="tab-{meter.id}"[^>]*aria-selected="true"', opened)
    by_power = desk.see(f"{wall}&medium=water&q={estate.meter.number}")
    assert (room in by_power, "1 个房间是按电表的表号找到的" in by_power) == (True, True)
    assert "表号找到的" not in desk.see(f"{wall}&medium=water&q=W1")
    assert room not in desk.see(f"{wall}&q=W2")


def test_the_list_of_meters_asks_in_the_words_of_the_media_that_are_there(office: Office) -> None:
    estate = built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    assert '<option value="open">拉闸</option>' in desk.see("/admin/meters")
    meter = _watered(office, estate, supply=SupplyState.OPEN)
    assert '<option value="open">拉闸 / 阀门已关</option>' in desk.see("/admin/meters")
    found = desk.see("/admin/meters?supply=open")
    assert (f"/admin/meters/{meter.id}" in found, f"/admin/meters/{estate.meter.id}" in found) == (True, False)
    relays = update(Meter).where(Meter.id != meter.id).values(profile="reference_water")
    office.runtime.database.run(lambda session: session.execute(relays))
    assert '<option value="open">阀门已关</option>' in desk.see("/admin/meters")


def test_a_meter_whose_credit_is_here_shows_its_account_instead_of_nothing(office: Office) -> None:
    estate = built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    own = select(AccountMeter.account_id).filter_by(meter_id=estate.meter.id).scalar_subquery()
    here = update(Account).where(Account.id == own).values(billing=Billing.PLATFORM, wallet_fen=4_321)
    relay = update(Meter).where(Meter.id == estate.meter.id).values(capability=MoneyCapability.PLATFORM_WALLET)
    office.runtime.database.run(lambda session: (session.execute(here), session.execute(relay)))
    shown = desk.see(f"/admin/meters/{estate.meter.id}/live")
    assert all(word in shown for word in ("平台余额", "43.21", f"/admin/enterprises/{estate.holder.id}#accounts"))
    assert "剩余" not in shown
    left = delete(AccountMeter).where(AccountMeter.meter_id == estate.meter.id)
    office.runtime.database.run(lambda session: session.execute(left))
    assert "还没有开户：余额在平台账户里，不在表内。" in desk.see(f"/admin/meters/{estate.meter.id}/live")


def test_every_sentence_that_asks_for_the_medium_has_one_for_water_and_no_more_are_there() -> None:
    asked = {zh for path in ADMIN.rglob("*.html") for zh in OF_MEDIUM.findall(path.read_text())}
    assert asked
    assert sorted(asked - set(water()["sentences"])) == []
    assert sorted(set(water()["sentences"]) - set(english())) == []
    switching = {enum: words for enum, words in labels().items() if enum in SWITCHED}
    left = {enum: words.keys() - water()[enum].keys() for enum, words in switching.items()}
    assert [labels()[enum][word] for enum, words in left.items() for word in words if _of_breakers(enum, word)] == []


def test_no_word_for_water_names_what_electricity_has() -> None:
    told = [pair for words in water().values() for pair in words.values()]
    assert [zh for zh, _ in told if OF_BREAKERS.search(zh)] == []
    assert [en for _, en in told if IN_ENGLISH.search(en)] == []
