"""Faults on purpose: what is set, and whether it strikes now."""

from dataclasses import asdict, fields, replace
from typing import Any

from sandbox.clock import pause
from sandbox.records import Switches
from sandbox.refusals import ControlRefusal
from sandbox.world import World


def read_switches(world: World) -> Switches:
    """Return how the switches stand."""
    return world.books.switches.get("switches") or Switches()


def set_switches(world: World, wishes: dict[str, Any]) -> Switches:
    """Change the named switches and leave the others; {"reset": true} puts all back first."""
    with world.books.store.transaction():
        before = Switches() if wishes.get("reset") else read_switches(world)
        changes = {name: _fitting(before, name, wish) for name, wish in wishes.items() if name != "reset"}
        return world.books.switches.put(replace(before, **changes))


def as_json(switches: Switches) -> dict[str, Any]:
    """Return the switches without their key."""
    return {name: value for name, value in asdict(switches).items() if name != "name"}


def strikes(world: World, name: str) -> bool:
    """Tell whether a probe strikes: first those ordered by number, then by rate."""
    if take(world, f"{name}_next"):
        return True
    rate = float(getattr(read_switches(world), name))
    return rate > 0 and world.entropy.random() < rate


def take(world: World, counter: str) -> bool:
    """Use up one of a counted switch."""
    with world.books.store.transaction():
        switches = read_switches(world)
        left = int(getattr(switches, counter))
        if left > 0:
            world.books.switches.put(replace(switches, **_one(counter, left - 1)))
        return left > 0


def failure_for(world: World, path: str) -> Switches | None:
    """Delay a request as ordered and tell whether, and how, it is to fail."""
    switches = read_switches(world)
    if switches.response_delay > 0:
        pause(switches.response_delay)
    struck = switches.fail_next > 0 and path.startswith(switches.fail_path) and take(world, "fail_next")
    return switches if struck else None


def _one(name: str, value: Any) -> dict[str, Any]:
    return {name: value}


def _fitting(switches: Switches, name: str, wish: object) -> Any:
    if name == "name" or name not in {field.name for field in fields(Switches)}:
        raise ControlRefusal(f"no switch is called {name}")
    wanted = type(getattr(switches, name))
    if wanted is bool:
        return wish in (True, 1, "1", "true", "on")
    try:
        return wanted(wish)
    except (TypeError, ValueError) as error:
        raise ControlRefusal(f"{name} must be of type {wanted.__name__}") from error
