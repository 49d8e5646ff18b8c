"""The demo's top-up, as somebody runs it who tries the product for the first time."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import select, update

from backend.jobs import drains
from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.models import MeterStatus
from backend.vending.crediting import settle
from meter_bridge.protocol import CommandState, SupplyState
from tests.flows.conftest import World
from tests.flows.people_world import invited

ROOT = Path(__file__).parents[2]


def read(session: Session, world: World, *, more: int) -> None:
    """Let bob's counting meter be read, with so much more credit than before."""
    meter = world.park.counting.meter
    status = session.scalars(select(MeterStatus).filter_by(meter_id=meter.id)).one_or_none()
    if status is None:
        status = MeterStatus(organisation_id=meter.organisation_id, meter_id=meter.id, balance=2650)
        session.add(status)
    status.read_at, status.supply = session.clock.now(), SupplyState.CLOSED
    status.balance = (status.balance or 0) + more


def serve(session: Session, world: World) -> None:
    """Do what a bridge would: take each queued command to the meter, and read it."""
    for command in session.scalars(select(MeterCommand).filter_by(state=CommandState.QUEUED)).all():
        command.sent_at = command.settled_at = session.clock.now()
        command.state, command.epoch, command.purchase_no = CommandState.CONFIRMED, 1, command.seq
        settle(session, command=command)
        read(session, world, more=command.amount)
    read(session, world, more=0)


def hold(session: Session, _world: World) -> None:
    """Leave every command to a person."""
    session.execute(update(MeterCommand).values(state=CommandState.HELD))


@contextmanager
def meanwhile(world: World, work: Callable[[Session, World], None]) -> Iterator[None]:
    """Do this again and again in the background."""
    stop = Event()

    def keep_on() -> None:
        while not stop.wait(0.05):
            world.runtime.database.run(lambda session: work(session, world))
            drains.run_all(world.runtime)

    thread = Thread(target=keep_on)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def demo_pay(world: World, var_dir: Path, *arguments: str, **addresses: str) -> subprocess.CompletedProcess[str]:
    """Run the demo against this world."""
    environment = {**os.environ, "WEB": world.url, "SANDBOX": world.sandbox.url, "VAR_DIR": str(var_dir), **addresses}
    command = [sys.executable, "-m", "sandbox.demo_pay", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90, check=False)


@pytest.fixture
def var_dir(world: World, tmp_path: Path) -> Path:
    """What `seed` leaves for the demo."""
    people = [{"name": "bob", "invite": invited(world)}]
    (tmp_path / "demo.json").write_text(json.dumps({"appid": world.park.app.appid, "people": people}))
    return tmp_path


def test_the_demo_tops_up_again_and_again(world: World, var_dir: Path) -> None:
    with meanwhile(world, serve):
        first, second = demo_pay(world, var_dir), demo_pay(world, var_dir, "--fen", "123")
    assert first.returncode == 0, first.stdout + first.stderr
    for words in ("placed", "paid", "sent to the meter", "confirmed by the meter", "¥26.50 → ¥76.50", "¥50.00"):
        assert words in first.stdout
    assert "充值到账" in first.stdout
    assert second.returncode == 0, second.stdout + second.stderr
    at_wechat = world.sandbox.control("messages?person=bob")
    assert [message["template_id"] for message in at_wechat[:2]] == ["demo-credited", "demo-credited"]
    assert "¥76.50 → ¥77.73" in second.stdout


def test_a_payment_a_person_must_look_at_ends_the_demo_with_a_sentence(world: World, var_dir: Path) -> None:
    world.runtime.database.run(lambda session: read(session, world, more=0))
    with meanwhile(world, hold):
        held = demo_pay(world, var_dir)
    assert held.returncode == 1
    assert "物业人工核对" in held.stdout


def test_the_demo_says_what_is_missing(world: World, var_dir: Path, tmp_path: Path) -> None:
    nobody = demo_pay(world, var_dir, SANDBOX="http://127.0.0.1:9")
    assert nobody.returncode == 1
    assert "start `make run` first" in nobody.stdout
    unseeded = demo_pay(world, tmp_path / "nowhere")
    assert unseeded.returncode == 1
    assert "demo.json" in unseeded.stdout
    assert "Traceback" not in nobody.stderr + unseeded.stderr
