"""Counters that start at zero: a rise from nothing is none to monitoring."""

from backend.kernel.metrics import BELL_FAILURES, CALLBACKS_REJECTED
from backend.payments.provider import RejectReason
from backend.runtime import PROVIDERS

BELLS = ("database", "redis")


def start_at_zero() -> None:
    """Let every counter that an alert looks at exist before the first time it counts."""
    for provider in PROVIDERS:
        for reason in RejectReason:
            CALLBACKS_REJECTED.labels(provider, reason.value)
    for bell in BELLS:
        BELL_FAILURES.labels(bell)
