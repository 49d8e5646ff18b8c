"""Floor 5: opening and closing of breakers."""
