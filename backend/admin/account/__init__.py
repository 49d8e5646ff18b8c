"""Coming in, going out, and what staff do with their own account."""
