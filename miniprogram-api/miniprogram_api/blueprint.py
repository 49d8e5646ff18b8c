"""The blueprint of everything the mini-program sees, with every route on it."""

from miniprogram_api import bindings, buying, logins, meters, orders  # noqa: F401 their routes come with them
from miniprogram_api.api import api as blueprint

__all__ = ["blueprint"]
