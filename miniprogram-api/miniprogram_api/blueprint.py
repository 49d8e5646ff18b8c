"""The blueprint of everything the mini-program sees, with every route on it."""

from miniprogram_api import (  # noqa: F401 their routes come with them
    acting,
    bindings,
    buying,
    h5_login,
    logins,
    member_invites,
    members,
    messages,
    meters,
    orders,
    registrations,
    settings,
    usage,
)
from miniprogram_api.api import api as blueprint

__all__ = ["blueprint"]
