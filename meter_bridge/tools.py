"""All that the lines of one bridge share; every seam to the outside comes in here."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from meter_bridge.api import Api
from meter_bridge.clock import Clock
from meter_bridge.driver import DriverKind
from meter_bridge.line import Connection, LineKind, Wire
from meter_bridge.outbox import Outbox
from meter_bridge.profile import Profile
from meter_bridge.protocol import RefusedCall
from meter_bridge.readings import Readings

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26


async def no_calls(factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> Connection:
    """Refuse: this bridge takes no calls."""
    raise OSError("this bridge takes no calls")


@dataclass(frozen=True, slots=True)
class Tools:
    """Backend, time, network, chance, what is known of meters, and where results go."""

    api: Api
    clock: Clock
    wire: Wire
    chance: random.Random
    profiles: dict[str, Profile]
    lines: dict[str, LineKind]
    drivers: dict[str, DriverKind]
    outbox: Outbox
    readings: Readings
    instance: str
    verify_key: str
    calls: Wire = no_calls
    strangers: Callable[[], list[RefusedCall]] = list


def drawn_reference(chance: random.Random) -> str:
    """Draw a reference for one run of the bridge."""
    return "".join(chance.choices(_ALPHABET, k=_LENGTH))
