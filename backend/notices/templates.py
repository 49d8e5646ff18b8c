"""Templates of WeChat applications: imported with the application, looked up for a letter."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.notices.channel import Template
from backend.notices.fields import KEY, KINDS
from backend.notices.models import MessageTemplate, NoticeKind
from backend.people.models import WechatApp

# Which fact each field shows, where the file that is imported says nothing else; docs/messages.md lists the facts.
USUAL_FIELDS: Mapping[NoticeKind, Mapping[str, str]] = {
    NoticeKind.CREDITED: {
        "thing1": "place",
        "character_string2": "meter_number",
        "amount3": "amount_fen",
        "time4": "at",
    },
    NoticeKind.LOW_CREDIT: {
        "thing1": "place",
        "character_string2": "meter_number",
        "amount3": "credit_fen",
        "time4": "at",
    },
}
FACTS = frozenset({"place", "room", "meter_number", "amount_fen", "credit_fen", "threshold_fen", "order_no", "at"})


def demo_template(kind: NoticeKind) -> Template:
    """Return a template that the sandbox takes and WeChat does not."""
    return Template(f"demo-{kind.value}", USUAL_FIELDS[kind])


def set_template(
    session: Session, *, app: WechatApp, kind: NoticeKind, template_id: str, fields: Mapping[str, str] | None = None
) -> None:
    """Keep the template of an application for a kind of message. Raises ValueError for a field nobody can fill."""
    shown = dict(USUAL_FIELDS[kind] if fields is None else fields)
    for key, fact in shown.items():
        named = KEY.fullmatch(key)
        if named is None or named[1] not in KINDS or fact not in FACTS:
            raise ValueError(f"the field {key} = {fact!r}")
    values = {"template_id": template_id, "fields": shown}
    new = insert(MessageTemplate).values(organisation_id=app.organisation_id, appid=app.appid, kind=kind, **values)
    session.execute(new.on_conflict_do_update(index_elements=["appid", "kind"], set_=values))


def template_of(session: Session, *, appid: str, kind: NoticeKind) -> Template | None:
    """Return the template of an application for a kind of message."""
    found = session.scalars(select(MessageTemplate).filter_by(appid=appid, kind=kind)).one_or_none()
    return Template(found.template_id, found.fields) if found else None
