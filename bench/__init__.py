"""Measure the product against bare baselines in the same run: `make bench`, docs/benchmarks.md."""
