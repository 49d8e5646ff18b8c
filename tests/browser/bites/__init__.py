"""Faults to plant in the pages: small patches, each of which one named story must find (docs/drills.md)."""
