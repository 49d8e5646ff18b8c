"""Floor 7: the back office of property staff, pages in a browser."""
