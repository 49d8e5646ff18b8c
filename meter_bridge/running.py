"""Put a bridge together from its parts and run it."""

import asyncio
import random
import signal
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from meter_bridge.api_http import HttpApi
from meter_bridge.bridge import Bridge
from meter_bridge.clock import Clock, SystemClock
from meter_bridge.driver import driver_kinds
from meter_bridge.identity import identity_of
from meter_bridge.journal import Journal
from meter_bridge.line import line_kinds, tcp_wire
from meter_bridge.outbox import Outbox
from meter_bridge.profile import Profile, ProfileError
from meter_bridge.readings import Readings
from meter_bridge.switchboard import Switchboard
from meter_bridge.tools import Tools, drawn_reference


def check_drivers(profiles: Iterable[Profile]) -> None:
    """Raise ProfileError where a profile asks for a way of speaking nobody has written."""
    known = sorted(driver_kinds())
    for profile in profiles:
        if profile.driver not in known:
            raise ProfileError(Path(f"{profile.code}.toml"), 1, "driver", f"write one of {', '.join(known)}")


async def run_bridge(url: str, state: Path, profiles: dict[str, Profile], listen: str = "127.0.0.1") -> bool:
    """Run until told to stop (SIGTERM, SIGINT); return whether that was it, and not a later run of this bridge.

    The caller holds the state folder's lock. listen: the address at which DTUs call.
    """
    api, clock, board = HttpApi(url), SystemClock(), Switchboard(listen)
    journal = Journal(state / "journal.sqlite3")
    try:
        tools = await ready_tools(api, clock, journal, state, profiles)
        tools = replace(tools, calls=board, strangers=board.told)
        bridge = Bridge(tools)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, bridge.stop)
        await bridge.run()
        return not bridge.superseded
    finally:
        await board.close()
        journal.close()
        await api.close()


async def ready_tools(api: HttpApi, clock: Clock, journal: Journal, state: Path, profiles: dict[str, Profile]) -> Tools:
    """Enrol if need be, and lay out what the lines share."""
    identity = await identity_of(state, api, clock)
    api.present(identity.access_token)
    chance = random.SystemRandom()
    instance = drawn_reference(chance)
    return Tools(
        api=api,
        clock=clock,
        wire=tcp_wire,
        chance=chance,
        profiles=profiles,
        lines=line_kinds(),
        drivers=driver_kinds(),
        outbox=Outbox(api, clock, journal, chance),
        readings=Readings(api, clock, journal, instance),
        instance=instance,
        verify_key=identity.verify_key,
    )
