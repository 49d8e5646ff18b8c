"""The program on site that speaks to meters; stands alone from the backend."""
