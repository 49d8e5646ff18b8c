"""What every PostgreSQL program of ours is started with."""

import os
import signal

DEATH_SIGNAL = signal.SIGINT  # a fast, clean shutdown


def server_environment() -> dict[str, str]:
    """Return the environment without our settings and without PG* variables, which would change the server."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
