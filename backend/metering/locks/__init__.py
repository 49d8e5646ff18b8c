"""Maintenance locks: hang them, take them off, and keep everything closed out meanwhile."""
