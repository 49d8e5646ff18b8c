"""Rows `pay_to_credit…`: from the callback to the credit a read-back proved, over a real bridge and a paced line."""

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from sqlalchemy import text

from backend.kernel.db import Session
from backend.metering.lines.enrolment import invite_bridge
from bench.arithmetic import percentile
from bench.processes import CLOCK, free_port, running
from bench.rows import Row
from bench.site import POLLED, PROFILE, Site
from bench.size import Size
from bench.town import LinePlan, Town, build_town, callback, place_orders
from bench.wire import Pace, read_seconds, top_up_seconds, write_seconds
from meter_bridge.profile import load_profiles

PACE = Pace()
IDLE, BUSY = 4, 16  # meters on each line; the busy ones are polled as fast as the line carries
PATIENCE = 30.0
LOOK_EVERY = 0.02
CHANCE = random.Random(7)  # noqa: S311 only spreads the payments over the seconds
COMMITTED = text("""
    SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM credit_order
    WHERE order_no = :order_no AND state = 'credited'
""")


@dataclass(frozen=True, slots=True)
class Stage:
    """The whole product, running, and the meters of its two lines."""

    site: Site
    size: Size
    idle: Town
    busy: Town
    port: int


def rows(site: Site, size: Size, when: str) -> Iterator[Row]:
    """Measure on an idle and on a busy line, in turns; and on the idle one again with Redis dead."""
    with stage(site, size) as made:
        for town in (made.idle, made.busy):
            _seconds(made, town, 2)  # to warm up
        idle: list[float] = []
        busy: list[float] = []
        for _ in range(size.rounds):
            idle += _seconds(made, made.idle, size.payments)
            busy += _seconds(made, made.busy, size.payments)
        site.valkey.stop()
        try:
            dead = _seconds(made, made.idle, size.payments * min(size.rounds, 3))
        finally:
            site.valkey.start()
    profile = load_profiles(None)[PROFILE]
    longest = max(*read_seconds(profile, PACE), write_seconds(profile, PACE))
    yield from _judged(idle, 0.0, "", "idle line", when)
    yield from _judged(busy, longest, "_busy", "busy line", when)
    yield from _judged(dead, 0.0, "_redis_dead", "idle line, Redis dead", when)


def _judged(seconds: list[float], allowance: float, suffix: str, what: str, when: str) -> Iterator[Row]:
    """Yield the median against the wire, and the 99th percentile; allowance: what may be under way on the line."""
    wire = top_up_seconds(load_profiles(None)[PROFILE], PACE)
    middle, p99 = median(seconds), percentile(seconds, 99)
    goal = f"<= {1.2 + allowance / wire:.2f}"
    told = f"callback to proved credit, median, {what}"
    yield Row(f"pay_to_credit{suffix}", told, middle * 1000, wire * 1000, middle / wire, goal, "ms", when)
    slowest = f"the same, p99 of {len(seconds)}"
    yield Row(f"pay_to_credit_p99{suffix}", slowest, p99 * 1000, wire * 1000, None, "<= 1000", "ms", when)


@contextmanager
def stage(site: Site, size: Size) -> Iterator[Stage]:
    """Start meters, web, bridge API, ticker, worker and a bridge, each a process of its own."""
    idle_port, busy_port, control = (free_port() for _ in range(3))
    busy = BUSY if size.rounds > 1 else IDLE
    town = build_town(site.runtime, site, [LinePlan(idle_port, IDLE), LinePlan(busy_port, busy, POLLED)])
    idle_town, busy_town = replace(town, metered=town.metered[:IDLE]), replace(town, metered=town.metered[IDLE:])
    park = _park(site.folder, [(idle_town, idle_port, PROFILE), (busy_town, busy_port, POLLED)], control)
    with ExitStack() as stack:
        meters = ["meter_bridge.simulator", "--park", str(park), "--state", str(site.folder / "meters")]
        stack.enter_context(running("meters", meters, site.env, site.folder, port=idle_port))
        web = stack.enter_context(site.serving("web", "wsgi:app"))
        bridge_api = stack.enter_context(site.serving("bridge-api", "wsgi:app", threads=16))
        for name in ("ticker", "worker"):
            stack.enter_context(running(name, ["backend.cli", name], site.env, site.folder))
        state = _invited(site, town)
        words = ["meter_bridge", "--api", f"http://127.0.0.1:{bridge_api.port}", "--state", str(state)]
        stack.enter_context(running("bridge", words, site.env, site.folder))
        yield Stage(site, size, idle_town, busy_town, web.port)


def _seconds(made: Stage, town: Town, count: int) -> list[float]:
    """Pay one order after another, at odd moments; return how long each took until its credit was committed."""
    runtime = made.site.runtime
    taken = []
    for order_no in place_orders(runtime, town, count):
        request = callback(runtime, town, order_no)
        CLOCK.sleep(CHANCE.uniform(0, 0.2))
        begun = CLOCK.now().timestamp()
        _post(made.port, request)
        taken.append(_committed(made, order_no) - begun)
    return taken


def _committed(made: Stage, order_no: str) -> float:
    """Wait for the credit; return when the database committed it."""

    def look(session: Session) -> float | None:
        found = session.execute(COMMITTED, {"order_no": order_no}).scalar_one_or_none()
        return None if found is None else float(found)

    end = CLOCK.monotonic() + PATIENCE
    while CLOCK.monotonic() < end:
        CLOCK.sleep(LOOK_EVERY)
        if (at := made.site.runtime.database.run(look)) is not None:
            return at
    raise TimeoutError(f"no credit within {PATIENCE} s")


def _post(port: int, request: bytes) -> None:
    """Send one callback, as a provider would: on a connection of its own. Raises RuntimeError unless it is taken."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as wire:
        wire.sendall(request)
        answer = wire.recv(4096)
    if not answer.startswith(b"HTTP/1.1 204"):
        raise RuntimeError(answer.decode(errors="replace"))


def _park(folder: Path, lines: list[tuple[Town, int, str]], control: int) -> Path:
    """Write the park of the simulator: the towns' own meters, on paced lines."""
    parts = [f"control_port = {control}\n"]
    for town, port, profile in lines:
        parts.append(f'\n[[line]]\nname = "{port}"\nkind = "modbus_tcp"\nport = {port}\nbaud = {PACE.baud}\n')
        parts.append(f"pace = true\nturnaround_ms = {PACE.turnaround_ms}\n")
        for each in town.metered:
            parts.append(f'\n[[line.meter]]\nunit = {each.meter.unit}\nprofile = "{profile}"\n')
            parts.append(f'serial = "{each.meter.serial}"\nbalance_fen = 1000\n')
    file = folder / "park.toml"
    file.write_text("".join(parts))
    return file


def _invited(site: Site, town: Town) -> Path:
    """Return the state folder of a bridge that may enrol once."""
    state = site.folder / "bridge"
    state.mkdir(mode=0o700)
    owner = town.organisation.id
    token = site.runtime.database.run(lambda session: invite_bridge(session, organisation_id=owner, name="bench"))
    (state / "enrolment.token").write_text(token)
    return state
