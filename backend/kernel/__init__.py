"""Floor 0: database, clock, randomness, settings, errors; knows nothing of electricity."""
