"""The application: blueprints, error pages and the request id. Imported by wsgi.py and the command line only."""

from uuid import uuid4

import structlog
from apiflask import APIFlask
from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from backend import tables
from backend.admin.routes import back_office
from backend.bridge_api.views import blueprint as bridge_api
from backend.callbacks.wechat_pay import blueprint as wechat_pay_callbacks
from backend.kernel import logs, outage, problem
from backend.operations.views import blueprint as operations
from backend.runtime import EXTENSION, Runtime
from miniprogram_api.blueprint import blueprint as miniprogram_api
from miniprogram_api.h5_demo import blueprint as h5_demo
from miniprogram_api.h5_pages import blueprint as h5_pages

LARGEST_BODY = 4 * 1024 * 1024
REQUEST_ID = "X-Request-Id"
LONGEST_REQUEST_ID = 64


def create_app(runtime: Runtime) -> Flask:
    """Return the application over this runtime."""
    logs.configure(runtime.settings.log_format)
    app = APIFlask(
        "dianyuan",
        title="Dianyuan mini-program API",
        version="1.0.0",
        docs_path=None,  # loads scripts from elsewhere
        spec_path=None,  # openapi.json is exported, checked and kept beside the API
        static_folder=None,  # type: ignore[arg-type] # typed too narrowly there
        json_errors=False,
    )
    proxies = runtime.settings.trusted_proxies
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.extensions[EXTENSION] = runtime
    app.extensions["tables"] = tables.METADATA
    problem.install(app)
    outage.install(app)
    app.before_request(_begin)
    app.after_request(_end)
    for blueprint in (operations, wechat_pay_callbacks, bridge_api, miniprogram_api, h5_pages, back_office):
        app.register_blueprint(blueprint)
    if runtime.settings.environment == "development":
        app.register_blueprint(h5_demo)
    return app


def _begin() -> None:
    told = request.headers.get(REQUEST_ID, "")
    fit = told.isascii() and told.replace("-", "").isalnum() and len(told) <= LONGEST_REQUEST_ID
    g.request_id = told if fit else uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(answer: Response) -> Response:
    answer.headers[REQUEST_ID] = g.request_id
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer
