"""/livez, /readyz and /metrics. A reverse proxy must not pass them to the outside."""

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend.kernel.logs import log
from backend.operations.counters import start_at_zero
from backend.operations.gauges import DatabaseGauges
from backend.runtime import runtime

blueprint = Blueprint("operations", __name__)
start_at_zero()


@blueprint.get("/livez")
def livez() -> Response:
    """Say that the process answers."""
    return Response("ok\n", content_type="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say whether requests can be served: the database must answer; without Redis work is slower, not stopped."""
    here = runtime()
    try:
        with here.database.transaction() as session:
            session.execute(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError as error:
        log().error("not ready", error=type(error).__name__)
        return Response("database: down\n", 503, content_type="text/plain")
    try:
        here.redis.ping()
        queue = "up"
    except RedisError:
        queue = "down, the ticker does its work"
    return Response(f"database: up\nqueue: {queue}\n", content_type="text/plain")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return counters of this process and figures of the database, in Prometheus' text format."""
    figures = CollectorRegistry()
    figures.register(DatabaseGauges(runtime()))
    return Response(generate_latest(REGISTRY) + generate_latest(figures), content_type=CONTENT_TYPE_LATEST)
