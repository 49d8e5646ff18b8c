"""Lines and the bridges that hold them: leases, runs, pace and what a bridge is told."""
