"""What is asked of a new line."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backend.admin.forms.field import Field, chosen_from
from backend.admin.lines.words import KINDS
from backend.importing.cells import CellError, whole
from backend.metering.field.installing_lines import NewLine
from backend.metering.models import Bridge
from meter_bridge.protocol import DEVICE, PACKET

BUS, SERIAL, CALLED, MORE = "总线", "串口线路", "DTU 拨入的线路", "其他"
BAUDS = ("1200", "2400", "4800", "9600", "19200", "38400", "57600", "115200")
PARITIES = (("N", "无校验 N"), ("E", "偶校验 E"), ("O", "奇校验 O"))
STOP_BITS = (("1", "1"), ("2", "2"))
MEGABYTE, MOST_MEGABYTES = 1_000_000, 100_000
PORT_HINT = "Modbus TCP 通常为 502。DTU 拨入填本机的监听端口；串口只作编号，填 1。"
PACKET_HINT = "可见字符照写，任意字节写作 \\xHH，? 代表任意一个字节。"


def fields_of(bridges: Sequence[Bridge]) -> tuple[Field, ...]:
    """Return the fields for a line that one of these bridges may be the home of."""
    homes = [("", "任一网桥"), *((str(bridge.id), bridge.name) for bridge in bridges)]
    choice: dict[str, Any] = {"kind": "choice"}
    kinds, bauds = tuple(KINDS.items()), tuple((baud, baud) for baud in BAUDS)
    span: dict[str, Any] = {"read": whole(50, 60_000), "longest": 5, "group": MORE}
    packet: dict[str, Any] = {"read": _shaped(PACKET), "required": False, "group": CALLED}
    return (
        Field("kind", "接入方式", **choice, choices=kinds, read=chosen_from(kinds), value="rtu_over_tcp"),
        Field("port", "端口", read=whole(1, 65_535), hint=PORT_HINT, longest=5),
        Field("baud", "波特率", **choice, choices=bauds, read=chosen_from(bauds), value="9600", group=BUS),
        Field("parity", "校验", **choice, choices=PARITIES, read=chosen_from(PARITIES), value="N", group=BUS),
        Field("stop_bits", "停止位", **choice, choices=STOP_BITS, read=chosen_from(STOP_BITS), value="1", group=BUS),
        Field("device", "设备", group=SERIAL, required=False, read=_shaped(DEVICE), hint="例如：/dev/ttyUSB0"),
        Field("registration", "注册包", **packet, hint=PACKET_HINT, longest=256),
        Field("heartbeat", "心跳包", **packet, hint="没有心跳包的留空。", longest=64),
        Field(
            "home", "所属网桥", **choice, choices=homes, read=chosen_from(homes), required=False, group=MORE,
            hint="串口和 DTU 拨入的线路必须选择：设备接在哪台网桥上，就选哪台。",
        ),
        Field("timeout_ms", "应答时限（毫秒）", value="1000", **span),
        Field("quiet_ms", "超时后静默（毫秒）", value="1000", hint="网关自己的超时时间。", **span),
        Field(
            "megabytes", "每月流量（MB）", read=whole(1, MOST_MEGABYTES), required=False, nothing=None, group=MORE,
            hint="用流量卡的线路填写：抄表会按剩余流量放慢。", longest=6,
        ),
    )  # fmt: skip


def wish_of(told: Mapping[str, Any]) -> NewLine:
    """Return the line that was typed."""
    megabytes = told["megabytes"]
    return NewLine(
        kind=told["kind"],
        port=told["port"],
        baud=int(told["baud"]),
        parity=told["parity"],
        stop_bits=int(told["stop_bits"]),
        timeout_ms=told["timeout_ms"],
        quiet_ms=told["quiet_ms"],
        home=int(told["home"]) if told["home"] else None,
        device=told["device"],
        registration=told["registration"],
        heartbeat=told["heartbeat"],
        monthly_bytes=megabytes * MEGABYTE if megabytes else None,
    )


def _shaped(shape: str) -> Callable[[str], str]:
    def read(told: str) -> str:
        if not re.fullmatch(shape, told):
            raise CellError("格式不对，请看下方说明", "not of this form; see the hint")
        return told

    return read
