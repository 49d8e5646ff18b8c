"""Floor 7: drains of due work, run by the ticker and by the worker."""
