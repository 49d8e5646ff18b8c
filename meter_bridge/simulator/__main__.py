"""Command line: serve a park of simulated meters until stopped."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from meter_bridge.profile import ProfileError, load_profiles
from meter_bridge.simulator.park import load_park
from meter_bridge.simulator.simulated_park import SimulatedPark
from meter_bridge.state_lock import StateInUseError, StateLock


def main(words: list[str]) -> int:
    """Serve the park; return the exit status."""
    parser = argparse.ArgumentParser(prog="meter_bridge.simulator", description="Plays the meters of a park.")
    parser.add_argument("--park", required=True, type=Path, help="park.toml")
    parser.add_argument("--state", required=True, type=Path, help="folder where the meters remember")
    parser.add_argument("--profiles", type=Path, default=os.environ.get("METER_PROFILES_DIR"), help="more profiles")
    given = parser.parse_args(words)
    try:
        lock = StateLock(given.state)
        asyncio.run(_serve(given.park, given.state, Path(given.profiles) if given.profiles else None))
    except (ProfileError, StateInUseError, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    lock.release()
    return 0


async def _serve(park: Path, state: Path, extra: Path | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with SimulatedPark(load_park(park), state, profiles=load_profiles(extra)) as simulated:
        lines = ", ".join(f"{line.name} {simulated.reached(line)}" for line in simulated.site.park.line)
        sys.stdout.write(f"meters on {lines}; control :{simulated.control_port}\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
