"""The control port: one JSON object a line in, one a line out.

{"do": "fault", "kind": "drop_reply", "unit": 3, "on": "write"}   let something go wrong (keys: faults.Fault)
{"do": "clear"}                                                   let nothing go wrong any more
{"do": "meters"}                                                  what every meter holds
{"do": "set", "line": "…", "unit": 3, "power_w": 500}             also price_fen_per_kwh, balance, serial
{"do": "trip", "unit": 3, "why": "overload"}                      cut off by itself; also malicious_load
{"do": "alarm", "unit": 3, "alarm": "leak", "on": true}           set a bit, or take it back
{"do": "forget", "unit": 3, "parameter": "overdraft_limit"}       be as it was made: a parameter that drifted
{"do": "down", "line": "…", "seconds": 5}                         take a gateway down now
"""

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any

from meter_bridge.protocol import Alarm, ParameterCode
from meter_bridge.simulator.faults import Fault
from meter_bridge.simulator.meter import TRIPS, Meter
from meter_bridge.simulator.site import Site

Reply = dict[str, Any]


class Control:
    """Answers requests about a site. down: takes a gateway down for some seconds."""

    def __init__(self, site: Site, down: Callable[[str, float], None]) -> None:
        self._site, self._down = site, down
        self._acts: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "fault": self._fault,
            "clear": self._clear,
            "meters": self._meters,
            "set": self._set,
            "trip": self._trip,
            "alarm": self._ring,
            "forget": self._forget,
            "down": self._take_down,
        }

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it ends."""
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self.answer(line), ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    def answer(self, line: bytes) -> Reply:
        """Do what one line asks."""
        try:
            request = json.loads(line)
            return {"ok": True} | self._acts[request.pop("do")](request)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return {"ok": False, "error": f"{type(error).__name__}: {error}"}

    def _fault(self, request: dict[str, Any]) -> Reply:
        self._site.fault(Fault.model_validate(request))
        return {}

    def _clear(self, request: dict[str, Any]) -> Reply:
        self._site.faults.clear()
        return {}

    def _meters(self, request: dict[str, Any]) -> Reply:
        buses = self._site.buses.values()
        return {"meters": [_shown(bus.name, meter) for bus in buses for meter in bus.meters.values()]}

    def _set(self, request: dict[str, Any]) -> Reply:
        meter = self._site.meter(request.pop("unit"), request.pop("line", None))
        if "balance" in request:
            meter.wallet.balance = int(request.pop("balance"))
        for key, value in request.items():
            if key not in {"power_w", "price_fen_per_kwh", "serial"}:
                raise KeyError(key)
            setattr(meter, key, value)
        return _shown("", meter)

    def _trip(self, request: dict[str, Any]) -> Reply:
        why = Alarm(request["why"])
        if why not in TRIPS:
            raise ValueError(f"{why} cuts nobody off: write overload or malicious_load")
        meter = self._site.meter(request["unit"], request.get("line"))
        meter.trip(why)
        return _shown("", meter)

    def _ring(self, request: dict[str, Any]) -> Reply:
        meter, alarm = self._site.meter(request["unit"], request.get("line")), Alarm(request["alarm"])
        if request["on"]:
            meter.alarms.add(alarm)
        else:
            meter.alarms.discard(alarm)
        return _shown("", meter)

    def _forget(self, request: dict[str, Any]) -> Reply:
        meter = self._site.meter(request["unit"], request.get("line"))
        meter.parameters.forget(ParameterCode(request["parameter"]))
        self._site.store.save([meter])
        return _shown("", meter)

    def _take_down(self, request: dict[str, Any]) -> Reply:
        self._down(request["line"], float(request["seconds"]))
        return {}


def ask(port: int, request: dict[str, Any], host: str = "127.0.0.1") -> Reply:
    """Ask a running simulator one thing, from any other process."""
    with socket.create_connection((host, port), timeout=5) as connection, connection.makefile("rwb") as stream:
        stream.write(json.dumps(request).encode() + b"\n")
        stream.flush()
        reply: Reply = json.loads(stream.readline())
        return reply


def _shown(line: str, meter: Meter) -> Reply:
    return {
        "line": line,
        "unit": meter.unit,
        "serial": meter.serial,
        "profile": meter.profile.code,
        "balance": meter.balance,
        "purchase_count": meter.purchase_count,
        "cumulative": meter.wallet.cumulative,
        "energy_wh": meter.energy_wh,
        "closed": meter.closed,
        "power_w": meter.power_w,
        "drawing_w": meter.drawing_w if meter.closed else 0,
        "volume_l": meter.volume_l,
        "alarms": sorted(meter.alarms),
    }
