"""The workbook: its sheets and columns, in Chinese and English headers alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backend.accounts.models import Billing
from backend.estate.models import HolderKind, RoomKind, RoomPhase
from backend.importing.cells import (
    area_dm2,
    credit_code,
    day,
    one_of,
    phone,
    several,
    signed_fen,
    square_metres,
    whole,
    words,
)
from meter_bridge.protocol import MOST_RATIO


class SheetKind(StrEnum):
    """What a sheet holds."""

    HOLDERS = "holders"
    ROOMS = "rooms"
    METERS = "meters"
    ACCOUNTS = "accounts"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; what an empty cell means is said by `required`. show: writes a known value as it is typed here."""

    key: str
    zh: str
    en: str
    read: Callable[[object], object]
    required: bool = False
    example: str = ""
    show: Callable[[Any], str] = str


HOLDER_KINDS = {"企业": HolderKind.ENTERPRISE, "个人": HolderKind.PERSON, "房间组": HolderKind.ROOM_GROUP}
ROOM_KINDS = {
    "办公": RoomKind.OFFICE,
    "商铺": RoomKind.SHOP,
    "厂房": RoomKind.WORKSHOP,
    "仓库": RoomKind.WAREHOUSE,
    "宿舍": RoomKind.DORMITORY,
    "公共区域": RoomKind.PUBLIC,
    "其他": RoomKind.OTHER,
}
PHASES = {"a": RoomPhase.PHASE_A, "b": RoomPhase.PHASE_B, "c": RoomPhase.PHASE_C, "三相": RoomPhase.THREE_PHASE}
BILLINGS = {"表内计费": Billing.METER, "平台计费": Billing.PLATFORM}


def _label_in(labels: Mapping[str, StrEnum]) -> Callable[[Any], str]:
    return {value: label for label, value in labels.items()}.__getitem__


PLACE = (
    Column("park", "园区", "park", words, required=True, example="锦程科技园"),
    Column("building", "楼栋", "building", words, required=True, example="A座"),
)
SHEETS: dict[SheetKind, tuple[str, tuple[Column, ...]]] = {
    SheetKind.HOLDERS: (
        "租户",
        (
            Column("name", "名称", "name", words, required=True, example="蓝鲸科技有限公司"),
            Column("kind", "类型", "kind", one_of(HOLDER_KINDS), example="企业", show=_label_in(HOLDER_KINDS)),
            Column("credit_code", "统一社会信用代码", "credit code", credit_code, example="91110000802100433B"),
            Column("contact", "联系人", "contact", words, example="王小明"),
            Column("phone", "联系电话", "phone", phone, example="13812345678"),
        ),
    ),
    SheetKind.ROOMS: (
        "房间",
        (
            *PLACE,
            Column("floor", "楼层", "floor", words, required=True, example="3"),
            Column("number", "房间号", "room", words, required=True, example="301"),
            Column("area_dm2", "面积", "area", area_dm2, example="120.5", show=square_metres),
            Column("kind", "用途", "use", one_of(ROOM_KINDS), example="办公", show=_label_in(ROOM_KINDS)),
            Column("phase", "相位", "phase", one_of(PHASES), example="三相", show=_label_in(PHASES)),
            Column("remark", "备注", "remark", words),
            Column("holder", "租户", "tenant", words, example="蓝鲸科技有限公司"),
            Column("starts_on", "起租日", "from", day, example="2026-01-01"),
        ),
    ),
    SheetKind.METERS: (
        "电表",
        (
            Column("number", "表号", "meter", words, required=True, example="D000301"),
            Column("serial", "序列号", "serial", words, required=True, example="202600000301"),
            *PLACE,
            Column("room", "房间号", "room", words, required=True, example="301"),
            Column("gateway", "网关", "gateway", words, required=True, example="A座网关"),
            Column("port", "端口", "port", whole(1, 65535), required=True, example="5020"),
            Column("unit", "总线地址", "unit", whole(1, 247), required=True, example="1"),
            Column("profile", "型号", "profile", words, required=True, example="reference_cas"),
            Column("circuit", "回路", "circuit", whole(1, 99), example="1"),
            Column("ct_ratio", "电流倍率", "ct ratio", whole(1, MOST_RATIO), example="40"),
            Column("pt_ratio", "电压倍率", "pt ratio", whole(1, MOST_RATIO), example="1"),
        ),
    ),
    SheetKind.ACCOUNTS: (
        "账户",
        (
            Column("number", "账号", "account", words, required=True, example="C000301"),
            Column("holder", "租户", "tenant", words, required=True, example="蓝鲸科技有限公司"),
            Column("billing", "计费方式", "billing", one_of(BILLINGS), required=True, example="平台计费"),
            Column("meters", "表号", "meters", several, required=True, example="D000301、D000302"),
            Column("balance_fen", "期初余额", "opening balance", signed_fen, example="-12.50"),
        ),
    ),
}
