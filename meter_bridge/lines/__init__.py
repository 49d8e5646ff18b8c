"""One file for each kind of line."""
