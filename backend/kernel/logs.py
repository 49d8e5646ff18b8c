"""Structured logs: one line an event, every line with the request id that travels to the meter and back."""

import logging
import re
import sys
from typing import Any, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

SECRET = re.compile(
    r"secret|token|password|key$|code$|openid|unionid|phone|payload|body|applicant|contact|e_?mail|bank_account",
    re.IGNORECASE,
)
PLAIN = frozenset({"code", "idempotency_key"})


def mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace values under names that hold secrets or personal data."""
    for name in event:
        if name not in PLAIN and SECRET.search(name):
            event[name] = "***"
    return event


def configure(style: str) -> None:
    """Send logs to standard output, as text for people or as JSON for collectors."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        mask,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(levelname)s %(name)s %(message)s")


def log() -> Any:
    """Return the logger; keyword arguments become fields."""
    return cast("Any", structlog.get_logger())
