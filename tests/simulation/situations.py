"""Corners that few drawn plans come into: what is bought there, and which faults strike together, how strongly."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Situation:
    """A corner. faults: the strongest each gets; a seed draws from half of it up. All is bought at one meter."""

    name: str
    faults: dict[str, float]
    meter: str
    habits: tuple[str, ...] = ("plain",)
    bridges: int = 1
    power_w: int = 600
    purchases: tuple[int, ...] = (1, 2, 3)
    within: float = 12.0
    safety: float = 40.0


ASLEEP = {"bridge paused": 0.4, "bridge succeeded": 1.0}
DEAF = {"line drop_reply": 0.6, "line power_loss": 0.3, "line gateway_down": 0.08}

SITUATIONS = (
    Situation("sold by others", {"meter sold by handheld": 0.2}, "counting", purchases=(4,), within=36.0),
    Situation("woken too late", ASLEEP | {"line delay_request": 0.25}, "counting", bridges=2),
    Situation("lost while asleep", ASLEEP | {"meter reset": 0.12}, "counting", purchases=(1, 2)),
    Situation("two at once", ASLEEP | {"bridge crash": 0.15, "API request late": 0.3}, "blind", bridges=2),
    Situation("deaf", DEAF, "blind"),
    Situation("deaf and hungry", DEAF, "counting", power_w=12_000),
    Situation("carried late", {"line delay_request": 0.3, "line drop_request": 0.3}, "counting"),
    Situation("answers late", {"line delay_reply": 0.4, "line stale_reply": 0.4}, "blind", purchases=(2, 3)),
    Situation("false acknowledgement", {"line false_echo": 0.6}, "counting", safety=20.0),
    Situation("told wrongly", {"callback old": 0.9, "callback forged": 0.6}, "relay", safety=20.0),
    Situation(
        "another amount", {}, "relay", habits=("pays the one before", "changes the amount", "resumes"), safety=20.0
    ),
    Situation("hurried", {}, "relay", habits=("plain", "resumes"), purchases=(4, 5), within=0.4, safety=20.0),
    Situation(
        "given up at the provider",
        {"provider unreachable": 0.5, "provider answer lost": 0.5, "provider error": 0.4},
        "relay",
        habits=("pays the one before", "changes the amount", "resumes", "taps twice", "pays too late"),
        purchases=(2, 3, 4),
    ),
)
