"""Where the processor time of a callback goes: the real application called without a server, under cProfile."""

import cProfile
import io
import pstats
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

from flask import Flask

from backend.app import create_app
from bench.site import Site
from bench.town import build_town, callback, place_orders, plans

TOP = 20


def profiled(site: Site, count: int, meters: int = 64) -> str:
    """Return the functions that took most processor time of their own over so many callbacks, as text."""
    runtime = site.runtime
    town = build_town(runtime, site, plans(meters))
    requests = [environ_of(callback(runtime, town, number)) for number in place_orders(runtime, town, 3 * count)]
    profile = cProfile.Profile(time.thread_time)
    with redirect_stdout(io.StringIO()):  # the product's own log lines
        app = create_app(runtime)
        _taken(app, requests[:count])
        plain = _taken(app, requests[count : 2 * count])
        profile.enable()
        _taken(app, requests[2 * count :])
        profile.disable()
    text = io.StringIO()
    stats = pstats.Stats(profile, stream=text).strip_dirs().sort_stats("tottime")
    stats.print_stats(TOP)
    calls = sum(entry[1] for entry in stats.stats.values()) / count  # type: ignore[attr-defined] # untyped there
    head = f"{plain * 1000:.2f} ms of processor time a callback without the profiler, {calls:.0f} function calls\n"
    return head + "".join(text.getvalue().partition("   ncalls")[1:]).rstrip() + "\n"


def environ_of(request: bytes) -> dict[str, Any]:
    """Return a request as a WSGI server hands it over."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    told = dict(line.split(": ", 1) for line in lines)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in told.items()}
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "bench",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": told["Content-Type"],
        "CONTENT_LENGTH": told["Content-Length"],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **headers,
    }


def _taken(app: Flask, requests: Sequence[dict[str, Any]]) -> float:
    """Let the application take these callbacks; return the processor seconds of one."""
    begun = time.thread_time()
    for environ in requests:
        answers: list[str] = []
        list(app.wsgi_app(environ, lambda status, _headers, _error=None, seen=answers: seen.append(status)))
        if not answers[0].startswith("204"):
            raise RuntimeError(answers[0])
    return (time.thread_time() - begun) / len(requests)
