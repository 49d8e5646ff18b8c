"""Pages of one thing each, with everything that was ever done to it beside."""
