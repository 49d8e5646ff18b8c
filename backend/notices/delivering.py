"""Deliveries: taken when due, and what became of each. A crash in between sends again, and arrives once."""

from typing import LiteralString

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.kernel.logs import log
from backend.kernel.sealing import Seal
from backend.notices.channel import Addressee, Letter
from backend.notices.models import Delivery, DeliveryState, Unreachable
from backend.notices.templates import demo_template, template_of
from backend.people.models import WechatApp, WechatUser
from backend.people.wechat_apps import open_secret

# Two attempts lie well within the ten minutes for which WeChat knows a message again.
TAKEN_FOR = 60.0
FIRST_WAIT, LONGEST_WAIT = 5.0, 60.0
DOUBLINGS = 4
IS_ANY_DUE: LiteralString = """
SELECT EXISTS (SELECT FROM delivery WHERE state = 'waiting' AND next_attempt_at <= %(now)s)
"""


def is_any_due(session: Session) -> bool:
    """Say whether there is a letter to send."""
    return bool(session.run_sql(IS_ANY_DUE, now=session.clock.now()).scalar())


def take_due(session: Session, *, most: int, seal: Seal, demo: bool) -> list[Letter]:
    """Lock and return letters to send; the next attempt is set before this one, so that a crash tries again.

    demo: an application without a template gets one that only the sandbox takes.
    """
    now = session.clock.now()
    due = (
        select(Delivery, WechatUser, WechatApp)
        .join(WechatUser, WechatUser.id == Delivery.wechat_user_id)
        .join(WechatApp, WechatApp.appid == WechatUser.appid)
        .where(Delivery.state == DeliveryState.WAITING, Delivery.next_attempt_at <= now)
        .order_by(Delivery.next_attempt_at, Delivery.id)
        .limit(most)
    )
    letters = []
    for delivery, user, app in session.execute(due.with_for_update(of=Delivery, skip_locked=True)):
        delivery.attempts += 1
        delivery.next_attempt_at = now + session.span(TAKEN_FOR)
        to = Addressee(user.id, user.openid, app.appid, open_secret(app, seal=seal))
        template = template_of(session, appid=app.appid, kind=delivery.kind)
        letters.append(
            Letter(
                delivery_id=delivery.id,
                event_id=delivery.event_id,
                organisation_id=delivery.organisation_id,
                channel=delivery.channel,
                to=to,
                kind=delivery.kind,
                facts=delivery.facts,
                template=template or (demo_template(delivery.kind) if demo else None),
            )
        )
    return letters


def note_sent(session: Session, *, letter: Letter, proof: str) -> None:
    """Keep the proof that a letter was delivered."""
    delivery = _waiting(session, letter)
    if delivery is not None:
        _settle(session, delivery, DeliveryState.SENT, proof)


def note_failed(session: Session, *, letter: Letter, why: str) -> None:
    """Try again later and later; give up with what the channel said last when it has taken too long."""
    delivery = _waiting(session, letter)
    if delivery is None:
        return
    wait = min(FIRST_WAIT * (1 << min(delivery.attempts - 1, DOUBLINGS)), LONGEST_WAIT)
    delivery.next_attempt_at = session.clock.now() + session.span(wait)
    delivery.proof = why
    if delivery.next_attempt_at >= delivery.give_up_at:
        _settle(session, delivery, DeliveryState.GIVEN_UP, why)


def note_refused(session: Session, *, letter: Letter, why: str, unreachable: bool) -> None:
    """Give up at once; mark a user whom nothing reaches over this channel."""
    delivery = _waiting(session, letter)
    if delivery is not None:
        _settle(session, delivery, DeliveryState.GIVEN_UP, why)
    if unreachable:
        mark = insert(Unreachable).values(
            organisation_id=letter.organisation_id,
            wechat_user_id=letter.to.user_id,
            channel=letter.channel,
            why=why,
            since=session.clock.now(),
        )
        session.execute(mark.on_conflict_do_nothing())


def can_be_reached(session: Session, *, user_id: int) -> None:
    """Take back that a channel could not reach a user: they came again."""
    session.execute(delete(Unreachable).where(Unreachable.wechat_user_id == user_id))


def _waiting(session: Session, letter: Letter) -> Delivery | None:
    found = select(Delivery).where(Delivery.id == letter.delivery_id, Delivery.state == DeliveryState.WAITING)
    return session.scalars(found.with_for_update()).one_or_none()


def _settle(session: Session, delivery: Delivery, state: DeliveryState, proof: str) -> None:
    delivery.state, delivery.proof, delivery.settled_at = state, proof, session.clock.now()
    line = log().bind(delivery=delivery.id, event_id=delivery.event_id, channel=delivery.channel, proof=proof)
    if state is DeliveryState.SENT:
        line.info("message delivered")
    else:
        line.warning("message given up", attempts=delivery.attempts)
