"""What nobody asked for: time drained by the second, clocks that jump, meters that others meddle with."""

import asyncio
from collections.abc import Iterable

from backend.jobs.drains import DRAINS, run_one
from backend.runtime import Runtime
from meter_bridge.protocol import MoneyCapability
from tests.simulation.meters import HANDHELD, HANDHELD_FEN, WatchedMeter
from tests.simulation.plan import SELDOM
from tests.simulation.scene import Scene

TICK = 20.0
MEDDLE_EVERY = 5.0
MATTERS = 3.0  # how much likelier a meter is meddled with that has taken money before
FARTHEST_JUMP = 420.0
JUMPS = {"clock jump": ("web", "bridge API", "ticker", "worker"), "bridge clock jump": ("bridge one", "bridge two")}


async def tick(scene: Scene, runtime: Runtime) -> None:
    """Run the drains now and then, as the ticker does."""
    names = [name for name in DRAINS if scene.plan.thorough or name not in SELDOM]
    while True:
        await asyncio.sleep(TICK)
        try:
            await scene.hosts["ticker"].run(lambda: _drain(runtime, names))
        except ConnectionResetError:
            scene.story.tell("ticker", "is started again")


def _drain(runtime: Runtime, names: Iterable[str]) -> None:
    for name in names:
        run_one(runtime, name)


async def jump_clocks(scene: Scene) -> None:
    """Set clocks wrong, and right again."""
    while True:
        await asyncio.sleep(MEDDLE_EVERY)
        for fault, names in JUMPS.items():
            for name in names:
                if scene.chance.strikes(fault, name):
                    scene.skews[name] = round(scene.chance.between("jump", -FARTHEST_JUMP, FARTHEST_JUMP), 1)
                    scene.story.tell(name, f"believes it is {scene.skews[name]:+} s")


async def meddle(scene: Scene, standing: dict[int, WatchedMeter]) -> None:
    """Do to meters what our software does not know of."""
    while True:
        await asyncio.sleep(MEDDLE_EVERY)
        for unit, meter in standing.items():
            capability = meter.profile.money.capability
            if capability is MoneyCapability.PLATFORM_WALLET:
                continue
            counts, weight = capability is MoneyCapability.COUNTER_CAS, MATTERS if meter.taken else 1.0
            if counts and scene.chance.strikes(HANDHELD, f"{unit}", weight):
                meter.sell_by_handheld(HANDHELD_FEN)
            if counts and scene.chance.strikes("meter reset", f"{unit}", weight):
                meter.reset()
            if scene.chance.strikes("meter exchanged", f"{unit}", weight):
                meter.exchange(f"9{meter.rightful[1:]}")
