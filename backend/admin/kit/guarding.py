"""Who may see a page: every view is for anybody or for staff, with a permission or with none."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import g, request

from backend.admin.kit import cookies
from backend.admin.kit.csrf import check_form
from backend.audit.recording import Actor
from backend.estate.queries import parks_seen
from backend.kernel.db import Database, Session
from backend.kernel.errors import NotLoggedInError
from backend.kernel.scope import Scope
from backend.runtime import runtime
from backend.signing_in import Visitor
from backend.staff.errors import NotPermittedError
from backend.staff.roles import Permission
from backend.staff.sessions import signed_in
from backend.staff.signed_in import SignedIn

P = ParamSpec("P")
R = TypeVar("R")
LOOKS = ("GET", "HEAD")
ANYBODY = "anybody"


def for_anybody(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for everybody; its forms still have to be ours."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if request.method not in LOOKS:
            check_form()
        return view(*args, **kwargs)

    guarded.__dict__["permission"] = ANYBODY
    return guarded


def for_staff(permission: Permission | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run for staff who have a permission somewhere; without one, for all who are logged in.

    How far it reaches is for the view to ask: `scope(permission)`.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            g.who = _presented()
            if request.method not in LOOKS:
                check_form()
            if permission is not None and not current().may_somewhere(permission):
                raise NotPermittedError
            return view(*args, **kwargs)

        guarded.__dict__["permission"] = permission
        return guarded

    return decorate


def current() -> SignedIn:
    """Return who asks."""
    return cast("SignedIn", g.who)


def office() -> Database:
    """Return the database behind the fence of whose staff asks."""
    return runtime().database.within(current().organisation_id)


def chosen_park() -> int | None:
    """Return the park that is looked at: named in the address, else as it was chosen at the top of the page."""
    told = request.args.get("park", cookies.told(cookies.PARK))
    return int(told) if told.isdecimal() else None


def scope(permission: Permission) -> Scope:
    """Return how far somebody may do a thing. Raises NotPermittedError."""
    return current().scope(permission)


def looked_at(permission: Permission) -> Scope:
    """Return the same, within the park that is looked at. Raises NotPermittedError."""
    whole, park = scope(permission), chosen_park()
    if park is None or not whole.sees(whole.organisation_id, park):
        return whole
    return Scope(whole.organisation_id, frozenset({park}))


def acting() -> Actor:
    """Return who asks, for the audit trail."""
    return current().actor(g.request_id)


def visitor() -> Visitor:
    """Return where this request comes from."""
    return Visitor(request.remote_addr or "", request.user_agent.string, g.request_id)


def _presented() -> SignedIn:
    token = cookies.told(cookies.SESSION)
    if not token:
        raise NotLoggedInError

    def known(session: Session) -> SignedIn:
        who = signed_in(session, token=token)
        g.parks = parks_seen(session, scope=_everywhere(who))
        return who

    return runtime().database.run(known)


def _everywhere(who: SignedIn) -> Scope:
    """Return every park in which somebody has any role: those they may choose from."""
    parks = {grant.park_id for grant in who.grants}
    whole = None in parks
    return Scope(who.organisation_id, None if whole else frozenset(park for park in parks if park is not None))
