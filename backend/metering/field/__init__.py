"""Meters put up, exchanged and taken down."""
