"""Bridges, gateways and lines: who speaks to the meters, and how it goes."""
