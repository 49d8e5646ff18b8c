"""Floor 1: organisations, parks, buildings, rooms and who holds them."""
