"""Floor 6: stories that cross packages."""
