"""`ticker` and `worker`: the two processes that drain due work, one by the second, one by the bell."""

import signal
import threading
from types import FrameType

import click
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from backend.cli.opening import opened
from backend.jobs.drains import DRAINS, run_one
from backend.kernel.logs import log
from backend.kernel.queue import DRAIN, SHORT, connect
from backend.runtime import Runtime

EVERY = 1.0


@click.command()
def ticker() -> None:
    """Run every drain each second, straight from the database; works without Redis."""
    runtime = opened()
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log().info("ticker started")
    for name in DRAINS:
        threading.Thread(target=_tick, args=(runtime, name, stopping), name=name, daemon=True).start()
    stopping.wait()


def _tick(runtime: Runtime, name: str, stopping: threading.Event) -> None:
    """Run one drain each second, in a thread of its own: a provider that hangs holds up its own drain only."""
    while not stopping.is_set():
        run_one(runtime, name)
        stopping.wait(EVERY)


class DrainWorker(SimpleWorker):
    """An RQ worker that runs our one function and refuses everything else that stands in Redis."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job if it is a drain; whoever can write to Redis must not run code here."""
        if job.func_name == DRAIN:
            super().execute_job(job, queue)
        else:
            log().error("alarm", topic="foreign_job", function=job.func_name)
            job.delete()


@click.command()
def worker() -> None:
    """Run drains as soon as somebody asks for them in the queue `short`."""
    runtime = opened()
    redis = connect(str(runtime.settings.redis_url), answer_within=None)
    DrainWorker([SHORT], connection=redis, serializer=JSONSerializer).work(logging_level="WARNING")
