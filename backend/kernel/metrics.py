"""Counters that operators watch; one place, so that a name stands once."""

from prometheus_client import Counter

CALLBACKS_REJECTED = Counter("dianyuan_callbacks_rejected", "Callbacks that were not authentic", ["provider", "reason"])
BELL_FAILURES = Counter("dianyuan_bell_failures", "Wake-ups that could not be sent; work goes on each second", ["bell"])
COMMANDS_SETTLED = Counter("dianyuan_commands_settled", "Meter commands by what became of them", ["kind", "state"])
EVENTS_TOLD = Counter("dianyuan_events_told", "Events told to those who should know", ["topic"])
