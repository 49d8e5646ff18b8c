"""Command line: run a bridge, or check a profile."""

import argparse
import asyncio
import gc
import os
import sys
from pathlib import Path

from meter_bridge.logs import set_up_logs
from meter_bridge.profile import ProfileError, load_profile, load_profiles
from meter_bridge.running import check_drivers, run_bridge
from meter_bridge.state_lock import StateInUseError, StateLock

# What thousands of meters need stays for good: looking through it for garbage takes a tenth of a second each time,
# in which no line is served. Almost all that is thrown away is freed without that.
COLLECT_AFTER = (50_000, 50, 100)
SUPERSEDED = 3  # a later run of the same bridge has spoken: whoever starts bridges may start it again


def main(words: list[str]) -> int:
    """Do what the words say; return the exit status."""
    try:
        if words[:2] == ["profile", "check"]:
            return _check(words[2:])
        return _check(words[1:]) if words[:1] == ["profile-check"] else _run(words)
    except (ProfileError, StateInUseError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _check(files: list[str]) -> int:
    """Say of each profile whether it can be used."""
    if not files:
        sys.stderr.write("usage: python -m meter_bridge profile check FILE...\n")
        return 2
    for file in files:
        profile = load_profile(Path(file))
        check_drivers([profile])
        sys.stdout.write(f"{file}: {profile.code} ({profile.money.capability.value}) is usable\n")
    return 0


def _run(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="meter_bridge", description="Carries orders from the backend to meters.")
    parser.add_argument("--api", required=True, help="address of the backend, such as http://127.0.0.1:8001")
    parser.add_argument("--state", required=True, type=Path, help="folder for identity and journal")
    parser.add_argument("--profiles", type=Path, default=os.environ.get("METER_PROFILES_DIR"), help="more profiles")
    parser.add_argument("--listen", default="127.0.0.1", help="address at which DTUs call (lines of kind dial_in)")
    parser.add_argument("--log-text", action="store_true", help="logs for a terminal instead of JSON")
    given = parser.parse_args(words)
    set_up_logs(text=given.log_text)
    profiles = load_profiles(Path(given.profiles) if given.profiles else None)
    check_drivers(profiles.values())
    gc.set_threshold(*COLLECT_AFTER)
    lock = StateLock(given.state)
    try:
        told_to = asyncio.run(run_bridge(given.api, given.state, profiles, given.listen))
    finally:
        lock.release()
    return 0 if told_to else SUPERSEDED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
