"""The rooms of the demo park. Every name is invented."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from backend.cli.demo_values import DemoMeter
from backend.estate.models import RoomKind
from meter_bridge.tenant_loads import LoadKind

BLUE_WHALE, MORNING_LIGHT, CLOUD_TOP = "蓝鲸科技有限公司", "晨光餐饮店", "云顶设计工作室"
CAS, BLIND, RELAY = "reference_cas", "reference_additive", "generic_relay"
SINGLE, THREE, DLT, BOX = "acrel_ddsy1352", "acrel_dtsy1352", "dlt645_2007", "acrel_adf300"
WATER = "reference_water"
COOKS = {"101", "103", "107"}  # of the shops
# The first of the demo: they keep their numbers and places, because demos that run have them.
FIRST = (
    DemoMeter("A座", "3层", "301", BLUE_WHALE, 0, 1, CAS, "202600000301", 1800, 2_650, area_dm2=18_600),
    DemoMeter("A座", "3层", "302", BLUE_WHALE, 0, 2, CAS, "202600000302", 900, 18_420, area_dm2=9_200),
    DemoMeter("A座", "5层", "501", CLOUD_TOP, 0, 3, CAS, "202600000501", 650, 7_300, area_dm2=7_400),
    DemoMeter("A座", "5层", "502", CLOUD_TOP, 0, 4, RELAY, "202600000502", 400, 6_180, area_dm2=4_100),
    DemoMeter(
        "B座",
        "1层",
        "101",
        MORNING_LIGHT,
        1,
        1,
        CAS,
        "202600000101",
        5200,
        31_000,
        RoomKind.SHOP,
        14_800,
        load=LoadKind.RESTAURANT,
    ),
    DemoMeter("B座", "1层", "102", MORNING_LIGHT, 1, 2, BLIND, "202600000102", 1500, 12_000, RoomKind.SHOP, 6_300),
    DemoMeter("B座", "2层", "201", MORNING_LIGHT, 1, 3, RELAY, "202600000201", 1100, 1_560, RoomKind.SHOP, 5_500),
)
# building, floor, line, then for each room: number, holder, profile, watts, credit in fen, area in m²
Row = tuple[str, str | None, str, int, int, int]
FLOORS: tuple[tuple[str, str, int, RoomKind, tuple[Row, ...]], ...] = (
    (
        "A座",
        "3层",
        0,
        RoomKind.OFFICE,
        (
            ("303", "远山知识产权代理有限公司", CAS, 620, 26_400, 66),
            ("304", "拾光文化传媒有限公司", CAS, 780, 1_240, 78),
            ("305", None, RELAY, 0, 0, 52),
        ),
    ),
    (
        "A座",
        "4层",
        0,
        RoomKind.OFFICE,
        (
            ("401", "青禾农业科技有限公司", CAS, 1400, 58_900, 142),
            ("402", "恒屿财税咨询有限公司", SINGLE, 560, 9_730, 61),
            ("403", "北辰建筑设计有限公司", CAS, 1650, 43_050, 168),
            ("404", "溪谷软件有限公司", CAS, 980, 0, 84),
        ),
    ),
    (
        "A座",
        "5层",
        0,
        RoomKind.OFFICE,
        (
            ("503", "小满教育咨询有限公司", SINGLE, 720, 15_310, 73),
            ("504", "松果动画工作室", CAS, 1150, 33_800, 96),
            ("505", "万象会展服务有限公司", BLIND, 690, 22_150, 80),
        ),
    ),
    (
        "A座",
        "6层",
        2,
        RoomKind.OFFICE,
        (
            ("601", "棱镜光学仪器有限公司", THREE, 2900, 126_000, 236),
            ("602", "海棠生物技术有限公司", THREE, 3400, 88_200, 254),
            ("603", "一叶供应链管理有限公司", CAS, 840, 19_650, 82),
            ("604", "南窗法律咨询有限公司", CAS, 470, 11_020, 58),
        ),
    ),
    (
        "A座",
        "7层",
        2,
        RoomKind.OFFICE,
        (
            ("701", "沐风新能源科技有限公司", THREE, 2600, 71_400, 228),
            ("702", "银杏人力资源有限公司", CAS, 910, 1_880, 88),
            ("703", "朗阔通信技术有限公司", CAS, 1320, 36_700, 126),
            ("704", "半岛国际货运代理有限公司", SINGLE, 760, 14_260, 75),
        ),
    ),
    (
        "A座",
        "8层",
        2,
        RoomKind.OFFICE,
        (
            ("801", "星垣数据服务有限公司", THREE, 4800, 203_500, 310),
            ("802", "星垣数据服务有限公司", THREE, 3900, 164_800, 265),
            ("803", "听泉投资管理有限公司", CAS, 540, 8_450, 69),
            ("804", None, RELAY, 0, 0, 90),
        ),
    ),
    (
        "B座",
        "1层",
        1,
        RoomKind.SHOP,
        (
            ("103", "麦田烘焙坊", CAS, 3600, 22_480, 84),
            ("104", "知行书店", CAS, 880, 16_900, 132),
            ("105", "橙子便利店", BLIND, 2100, 9_960, 76),
            ("106", "阿禾果蔬店", CAS, 1250, 640, 48),
            ("107", "老街面馆", CAS, 2700, 13_370, 62),
            ("108", "康宁大药房", SINGLE, 960, 27_540, 88),
        ),
    ),
    (
        "B座",
        "2层",
        1,
        RoomKind.SHOP,
        (
            ("202", "悦动健身中心", THREE, 6200, 94_100, 420),
            ("203", "绒绒宠物医院", CAS, 1480, 18_090, 95),
            ("204", "鹿鸣茶舍", CAS, 1120, 0, 72),
            ("205", "指尖美甲店", SINGLE, 540, 5_280, 36),
            ("206", None, RELAY, 0, 0, 60),
        ),
    ),
    (
        "B座",
        "3层",
        3,
        RoomKind.WORKSHOP,
        (
            ("301", "精拓模具制造有限公司", THREE, 36_000, 1_256_300, 380),
            ("302", "衡准检测技术有限公司", THREE, 4300, 67_900, 240),
            ("303", "云帆三维打印服务有限公司", THREE, 3700, 41_200, 196),
            ("304", "锦程物业仓库", RELAY, 300, 30_000, 150),
        ),
    ),
)
DORMITORY = tuple(range(2, 6))
BEDROOMS, AREA = 6, 3_200
DORMITORY_CREDIT = (4_820, 9_150, 2_310, 6_640, 1_450, 12_380, 3_070, 7_900)
BROKEN = {("A座", "603"), ("C座", "404")}
BEHIND_TRANSFORMERS = {("B座", "301"): 40}  # 200/5 A


def rooms() -> tuple[DemoMeter, ...]:
    """Return every metered room of the demo; units of a line go up in the order of its rooms."""
    units = Counter(meter.line for meter in FIRST)
    made = list(FIRST)
    for meter in (*_houses(), *_dormitory()):
        units[meter[4]] += 1
        made.append(_placed(meter, units[meter[4]]))
    return tuple(made)


Bare = tuple[str, str, str, str | None, int, RoomKind, str, int, int, int]


def _placed(bare: Bare, unit: int) -> DemoMeter:
    building, floor, room, holder, line, kind, profile, power_w, credit, area = bare
    in_box = profile == BOX
    return DemoMeter(
        building=building,
        floor=floor,
        room=room,
        holder=holder,
        line=line,
        unit=1 if in_box else unit,
        circuit=unit if in_box else 1,
        profile=profile,
        serial=f"2026000{'ABC'.index(building[0]) + 1}{int(room):04}",
        power_w=power_w,
        balance_fen=credit,
        kind=kind,
        area_dm2=area,
        broken=(building, room) in BROKEN,
        load=LoadKind.RESTAURANT if kind is RoomKind.SHOP and room in COOKS else None,
        ct_ratio=BEHIND_TRANSFORMERS.get((building, room), 1),
    )


def _houses() -> Iterator[Bare]:
    for building, floor, line, kind, each in FLOORS:
        for room, holder, profile, power_w, credit, area in each:
            yield building, floor, room, holder, line, kind, profile, power_w, credit, area * 100


def _dormitory() -> Iterator[Bare]:
    """Yield bedrooms: the lower floors on an old bus and in one box of many circuits, the highest behind a DTU."""
    for floor in DORMITORY:
        for bed in range(1, BEDROOMS + 1):
            line = 6 if floor == DORMITORY[-1] else 4 if bed % 2 else 5
            profile = {4: DLT, 5: BOX, 6: CAS}[line]
            room, place = f"{floor}{bed:02}", (floor * BEDROOMS + bed) % len(DORMITORY_CREDIT)
            holder = None if room in ("306", "506") else f"C座{room}宿舍"
            credit = DORMITORY_CREDIT[place] if holder else 0
            power = 180 + 35 * place if holder else 0
            yield "C座", f"{floor}层", room, holder, line, RoomKind.DORMITORY, profile, power, credit, AREA


METERS = rooms()
TAPS = (("101", 420), ("103", 160), ("107", 240), ("202", 380))  # rooms of the shops with water, and litres an hour


def water() -> tuple[DemoMeter, ...]:
    """Return the water meters: each hangs in a room that is there, behind the meters of electricity on its line."""
    units = max(meter.unit for meter in METERS if meter.line == 1)
    known = {meter.room: meter for meter in METERS if meter.building == "B座"}
    return tuple(
        replace(
            known[room],
            line=1,
            unit=units + place,
            profile=WATER,
            serial=f"20260009{int(room):04}",
            power_w=0,
            balance_fen=8_600 * place,
            litres_per_hour=litres,
        )
        for place, (room, litres) in enumerate(TAPS, start=1)
    )


EVERY_METER = (*METERS, *water())
