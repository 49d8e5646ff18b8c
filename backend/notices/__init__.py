"""Floor 5: who is told of an event, and how."""
