"""Meters exchanged in the field: the form, its photo, and what became of it."""
