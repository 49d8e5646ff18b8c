"""Proof that a form was shown by us to this very browser: bound to its session, or to its visitor cookie."""

import hmac
from hashlib import sha256

from flask import request

from backend.admin.kit import cookies
from backend.kernel.errors import ProductError
from backend.runtime import runtime

FIELD, HEADER = "csrf", "X-CSRF-Token"


class FormExpiredError(ProductError):
    """The form was shown to another browser, or before the log-in that it belongs to."""

    status = 403
    code = "form_expired"
    zh = "页面已过期，请返回并刷新后重试。"
    en = "This page has expired; please go back, reload it and try again."


def csrf_token() -> str:
    """Return what the forms of this answer carry."""
    return _proof(cookies.told(cookies.SESSION) or cookies.visitor())


def check_form() -> None:
    """Refuse what no form of ours sent. Raises FormExpiredError."""
    sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not hmac.compare_digest(sent.encode(), csrf_token().encode()):
        raise FormExpiredError


def _proof(secret: str) -> str:
    key = bytes.fromhex(runtime().settings.master_key.get_secret_value())
    own = hmac.digest(key, b"staff form", sha256)
    return hmac.new(own, secret.encode(), sha256).hexdigest()
