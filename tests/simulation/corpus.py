"""Plans that broke a promise once; they are played every time.

A whole plan is kept and not its number: what a number means changes whenever drawing does.
"""

from dataclasses import asdict
from json import dumps, loads
from pathlib import Path

from tests.simulation.plan import Plan, Purchase

FILE = Path(__file__).with_name("corpus.jsonl")


def kept_plans() -> list[Plan]:
    """Return the plans, one from each line of the file."""
    return [plan_of(line) for line in FILE.read_text().splitlines() if line]


def line_of(plan: Plan, why: str) -> str:
    """Return the line that keeps a plan. why: what was wrong, for whoever reads it later."""
    return dumps({"why": why, **asdict(plan), "left_out": sorted(plan.left_out)}, ensure_ascii=False)


def plan_of(line: str) -> Plan:
    """Return the plan that a line keeps."""
    told = loads(line)
    del told["why"]
    told["purchases"] = tuple(Purchase(**purchase) for purchase in told["purchases"])
    return Plan(**{**told, "left_out": frozenset(told["left_out"])})
