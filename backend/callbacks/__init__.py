"""Floor 7: what payment providers call."""
