"""Who took which list away, for the audit trail: what was asked for, never what stood in it."""

import re

from backend.admin.kit.page import current, visitor
from backend.admin.lists.wish import Wish
from backend.audit.recording import record
from backend.kernel.db import Session
from backend.kernel.masking import HIDDEN
from backend.kernel.scope import Scope
from backend.staff.actions import StaffAction
from backend.staff.models import Staff

NUMBER = re.compile(r"\d{7,}")  # a telephone number, perhaps


def note_export(session: Session, *, scope: Scope, wish: Wish, form: str, count: int) -> None:
    """Leave an entry beside who took a list away: which, found by what, how many rows."""
    who, listing = current(), wish.listing
    personal = any(column.personal for column in listing.columns)
    typed = {sieve.key for sieve in listing.sieves if sieve.kind == "text"}
    sought = {key: HIDDEN if personal and key in typed else NUMBER.sub(HIDDEN, told) for key, told in wish.sought}
    after = {"list": listing.name, "format": form, "rows": count, "columns": [each.key for each in wish.chosen]}
    only = scope.park_ids if scope.park_ids is not None and len(scope.park_ids) == 1 else ()
    record(
        session,
        by=who.actor(visitor().request_id),
        action=StaffAction.LIST_EXPORTED,
        subject=session.get_one(Staff, who.staff_id),
        after={**after, "filter": sought} if sought else after,
        park_id=next(iter(only), None),
    )
