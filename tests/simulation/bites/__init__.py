"""Planted bugs: small patches against the product, each of which the simulation must find (docs/drills.md)."""
