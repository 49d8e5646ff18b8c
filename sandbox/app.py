"""The sandbox as one Flask program."""

from flask import Flask

from sandbox.control import control
from sandbox.web_authorization import web_authorization
from sandbox.wechat_api import wechat_api
from sandbox.wechat_pay import wechat_pay
from sandbox.world import World


def create_app(world: World) -> Flask:
    """Return everything the sandbox answers; callbacks leave by a Courier over the same world."""
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # Flask's default provider has it
    app.register_blueprint(wechat_api(world))
    app.register_blueprint(wechat_pay(world))
    app.register_blueprint(web_authorization(world))
    app.register_blueprint(control(world))
    return app
