"""Floor 7: what meter bridges call."""
