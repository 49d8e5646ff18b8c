"""Every page of the back office at two widths: it fits its screen, and build/screenshots holds its picture."""

import re
from pathlib import Path

from sqlalchemy import select

from backend.accounts.models import Account, AccountMeter
from backend.estate.building import let_room
from backend.estate.models import Building, Holder, Organisation, Park, Room, RoomKind, Tenancy
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.groups.grouping import make_group, put_in_group
from backend.metering.models import Line, Meter
from backend.metering.parameters.change_models import ParameterChange, ParameterChangeItem
from backend.metering.parameters.template_models import ParameterTemplate
from backend.metering.walk_models import WalkResult, WalkStep, WalkTest
from backend.payments.models import MerchantAccount
from backend.people.logging_in import user_of_openid
from backend.people.models import WechatApp
from backend.people.registration_models import Registration
from backend.staff.models import Staff
from meter_bridge.protocol import ParameterCode
from tests.browser.office import Desk
from tests.browser.stage import Stage
from tests.browser.test_office_stories import applicants
from tests.flows.staff_world import TESTER
from tests.house.access import OFFICE
from tests.web.estate import paid_order

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
NO_PAGES = re.compile(
    r"/(export|live|photo|changes|template|add)$|number>/parameters$|/things/|/term/workbook$|/import/<|/wall/rooms/"
)
DARK = ("rooms", "rooms/{room}")
PARTS = {"parks": "park", "buildings": "building", "rooms": "room", "enterprises": "holder", "meters": "meter"}
PARTS |= {"gateways": "gateway", "lines": "line", "wall": "room"}
PARTS |= {"parameter-templates": "template", "parameter-changes": "change"}
PARTS |= {"walks": "walk", "field": "meter", "groups": "group", "staff": "staff", "applicants": "applicant"}


def _peopled(session: Session) -> dict[str, object]:
    """Let the stage's dormitory and one room, and add what every page needs one of; return their numbers."""
    own = session.scalars(select(Organisation).order_by(Organisation.id)).first()
    room = session.scalars(select(Room).filter_by(number="604")).one()
    assert own is not None
    meter = session.scalars(select(Meter).filter_by(room_id=room.id)).one()
    link = session.scalars(select(AccountMeter).filter_by(meter_id=meter.id)).one()
    holder = session.scalars(select(Holder).filter_by(name="临江文具批发部")).one()
    tenancy = session.scalars(select(Tenancy).filter_by(room_id=room.id)).first()
    if tenancy is None:
        tenancy = let_room(session, room=room, holder=holder, starts_on=session.clock.now().date().replace(day=1))
    room.area_dm2, room.kind = 6_050, RoomKind.DORMITORY
    group = make_group(session, scope=Scope(own.id), name="二层", park_id=None, by=TESTER)
    put_in_group(session, scope=Scope(own.id), group_id=group.id, meter_ids=[meter.id], by=TESTER)
    app = session.scalars(select(WechatApp)).first()
    merchant = session.scalars(select(MerchantAccount)).first()
    assert app is not None
    assert merchant is not None
    user = user_of_openid(session, app=app, openid="o-looks-at-pages", unionid=None)
    account = session.get_one(Account, link.account_id)
    order = paid_order(session, account, meter, user, merchant, 7)
    return {
        "park": session.scalars(select(Park.id)).first(),
        "building": session.scalars(select(Building.id).order_by(Building.id)).first(),
        "room": room.id,
        "holder": holder.id,
        "meter": meter.id,
        "line": meter.line_id,
        "gateway": session.get_one(Line, meter.line_id).gateway_id,
        "group": group.id,
        "tenancy": tenancy.id,
        "order": order.order_no,
        "walk": _walked(session, meter),
        **_wanted(session, meter),
        "staff": session.scalars(select(Staff.id).filter_by(login="grace")).one(),
        "applicant": session.scalars(select(Registration.id).order_by(Registration.id.desc())).first(),
    }


def _wanted(session: Session, meter: Meter) -> dict[str, object]:
    """Add a template, and a change that came from it; return their numbers."""
    values = {"low_credit_threshold_1": 2_000, "day_schedules": [[[0, "valley"], [480, "peak"], [1080, "flat"]]]}
    own = {"organisation_id": meter.organisation_id, "credit_unit": meter.credit_unit, "values": values}
    template = ParameterTemplate(**own, name="商铺夏季", remark="六月至九月")
    session.add(template)
    session.flush()
    asked_by = session.scalars(select(Staff.id).filter_by(login="alice")).one()
    told = {"template_id": template.id, "template_version": 1, "reason": "入夏", "asked_by": asked_by}
    change = ParameterChange(**own, **told, asked_at=session.clock.now(), carried_out_at=session.clock.now())
    session.add(change)
    session.flush()
    why = {"why": "too_high", "given": 2_000, "most": 1_000}
    mine = {"organisation_id": meter.organisation_id, "change_id": change.id, "meter_id": meter.id}
    session.add(ParameterChangeItem(**mine, code=ParameterCode.LOW_CREDIT_THRESHOLD_1, unfit=why))
    session.add(ParameterChangeItem(**mine, code=ParameterCode.DAY_SCHEDULES))
    return {"template": template.id, "change": change.id}


def _walked(session: Session, meter: Meter) -> int:
    """Add a walk through the meter's building that found one right, two crossed and one dark nowhere; return it."""
    building = session.get_one(Room, meter.room_id).building_id
    staff = session.scalars(select(Staff).filter_by(login="alice")).one()
    park = session.get_one(Building, building).park_id
    now, own = session.clock.now(), {"organisation_id": meter.organisation_id}
    walk = WalkTest(**own, park_id=park, building_id=building, started_by=staff.id, started_at=now)
    walk.cut_reason = "新楼竣工验收"
    session.add(walk)
    session.flush()
    inside = select(Meter).join(Room, Room.id == Meter.room_id).where(Room.building_id == building)
    right, one, other, dark, *rest = session.scalars(inside.order_by(Room.number)).all()
    found = ((right, right, WalkResult.RIGHT), (one, other, WalkResult.CROSSED), (other, one, WalkResult.CROSSED))
    judged = {"judged_by": staff.id, "judged_at": now}
    seen = [
        WalkStep(**own, **judged, walk_id=walk.id, meter_id=each.id, result=result, dark_room_id=room.room_id)
        for each, room, result in found
    ]
    seen.append(WalkStep(**own, **judged, walk_id=walk.id, meter_id=dark.id, result=WalkResult.NONE))
    session.add_all((*seen, *(WalkStep(**own, walk_id=walk.id, meter_id=each.id) for each in rest)))
    session.flush()
    return walk.id


def _pages(numbers: dict[str, object]) -> list[str]:
    """Return the address of every page of the access table, below the back office."""
    rules = sorted(rule for method, rule in OFFICE if method == "GET" and not NO_PAGES.search(rule))
    found = []
    for rule in rules:
        path = rule.removeprefix("/admin/")
        one = numbers.get(PARTS.get(path.split("/")[0], ""), "")
        path = path.replace("<int:number>", str(one)).replace("<order_no>", str(numbers["order"]))
        path = path.replace("<word>", "day_schedules")
        path = path.replace("<int:tenancy>", str(numbers["tenancy"]))
        found.append({"rooms/term": "rooms/term?kind=dormitory", "search": "search?q=蓝鲸"}.get(path, path))
    return found


def test_every_page_fits_its_screen_and_is_photographed(desks: list[Desk], stage: Stage) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    applicants(stage, "沈默")
    numbers = stage.runtime.database.run(_peopled)
    pages = _pages(numbers)
    assert not [path for path in pages if "<" in path]
    wide: list[tuple[str, int]] = []
    for desk, width in zip(desks, (1440, 390), strict=True):
        desk.log_in("alice")
        for path in pages:
            desk.open(path)
            desk.page.screenshot(path=SHOTS / f"office-{_name(path)}-{width}.png", full_page=width < 1000)
            if not desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                wide.append((path, width))
        desk.page.get_by_label("浅色或深色").click()
        for path in DARK:
            desk.open(path.format(**numbers))
            desk.page.screenshot(path=SHOTS / f"office-{_name(path)}-{width}-dark.png")
    assert wide == []


def _name(path: str) -> str:
    plain = re.sub(r"/(\d+|\{\w+\})", "/one", path.partition("?")[0])
    return re.sub(r"[^a-z]+", "-", plain).strip("-") or "home"
