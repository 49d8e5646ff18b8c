"""Keep partitions ahead of readings."""

from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError

from backend.metering.history.partitions import keep_partitions
from backend.proving.duties import put_off, take
from backend.runtime import Runtime

NAME, EVERY, AGAIN = "partitions", 3600.0, 60.0


def keep(runtime: Runtime) -> int:
    """Make partitions for readings ahead of time and drop those that are kept no longer, once an hour.

    Where somebody reads for long just then, as when months of history are frozen, a minute later.
    """
    kept = runtime.settings.readings_kept_months
    if not runtime.database.run(lambda session: take(session, name=NAME, every=EVERY)):
        return 0
    try:
        return runtime.database.run(lambda session: keep_partitions(session, kept_months=kept))
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        runtime.database.run(lambda session: put_off(session, name=NAME, by=AGAIN))
        return 0
