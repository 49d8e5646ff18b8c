"""Floor 1: who did what to which thing, kept for ever and sealed into a chain."""
