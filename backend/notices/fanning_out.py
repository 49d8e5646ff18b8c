"""From an event to deliveries: one row for each person and channel, in the transaction in which it counts as told."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.kernel.outbox import Event
from backend.notices.audience import KINDS, Person, facts_of, people_of
from backend.notices.known_channels import CHANNELS
from backend.notices.low_credit import arm_again
from backend.notices.models import Delivery

GIVE_UP = 6 * 3600.0


def fan_out(session: Session, event: Event) -> int:
    """Put a delivery for every person and every channel that can reach them; returns how many."""
    kind = KINDS.get(event.topic)
    if kind is None:
        return 0
    if event.topic == "order_credited":
        arm_again(session, account_id=event.facts["account_id"])
    people, facts = people_of(session, event), facts_of(session, event)
    if not people or facts is None:
        return 0
    now = session.clock.now()
    common = {
        "organisation_id": event.organisation_id,
        "event_id": event.id,
        "kind": kind,
        "facts": facts,
        "request_id": event.request_id,
        "next_attempt_at": now,
        "give_up_at": now + session.span(GIVE_UP),
    }
    rows = [row for person in people for row in _rows(person, common)]
    session.execute(insert(Delivery).values(rows).on_conflict_do_nothing())
    return len(rows)


def _rows(person: Person, common: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each channel that reaches a person: through the door they have had longest."""
    rows = []
    for code, channel in sorted(CHANNELS.items()):
        open_doors = [door for door in person if door.app in channel.apps and code not in door.shut]
        if open_doors:
            rows.append({**common, "wechat_user_id": open_doors[0].user_id, "channel": code})
    return rows
