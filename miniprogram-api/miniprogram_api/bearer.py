"""The token that came with a request."""

from flask import request


def bearer() -> str | None:
    """Return the bearer token of this request, if there is one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None
