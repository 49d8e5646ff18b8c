"""Every channel there is, by its code."""

from backend.kernel.registry import discover
from backend.notices import channels
from backend.notices.channel import Channel

CHANNELS = discover(channels, "CHANNEL", Channel)  # type: ignore[type-abstract] # a Protocol stands for its classes
