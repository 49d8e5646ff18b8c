"""Walk tests: which breaker darkens which room."""
