"""The whole chain under virtual time, with faults drawn from a seed (docs/simulation.md)."""
