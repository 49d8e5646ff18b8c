"""Groups of meters, as staff make them."""
