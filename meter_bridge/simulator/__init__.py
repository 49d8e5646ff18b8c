"""Simulated meters on simulated lines: the park of the demo and the bench of the tests, with faults on demand."""
