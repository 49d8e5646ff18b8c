"""Meters that exist only as numbers, on real sockets, with faults on demand."""
