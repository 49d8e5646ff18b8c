"""What the RQ worker runs: one function, which runs a drain by its name and nothing else."""

from functools import cache

from backend.jobs.drains import DRAINS
from backend.kernel import logs
from backend.kernel.settings import Settings
from backend.runtime import Runtime, real


def drain(name: str) -> int:
    """Run a drain; returns how much it did. Raises KeyError for a name that is none."""
    return DRAINS[name](_runtime())


@cache
def _runtime() -> Runtime:
    settings = Settings()
    logs.configure(settings.log_format)
    return real(settings)
