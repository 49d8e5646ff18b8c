"""Invites: codes that bind one WeChat user to a holder."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from unicodedata import normalize

from sqlalchemy import select, update

from backend.estate.models import Holder
from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.kernel.errors import NotFoundError
from backend.people.models import Invite, Role

LENGTH = 10
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True, slots=True)
class InviteWords:
    """What an inviter says of whom they invite: a name to know them by, and what they may top up with in a month."""

    name: str = ""
    monthly_limit_fen: int | None = None
    made_by: int | None = None


def invite(
    session: Session,
    *,
    organisation_id: int,
    holder_id: int,
    role: Role,
    valid_hours: float,
    words: InviteWords | None = None,
) -> str:
    """Return a new code of 10 characters, to be shown once; only its fingerprint is stored. Raises NotFoundError."""
    said = words or InviteWords()
    held = select(Holder.id).where(Holder.id == holder_id, Holder.organisation_id == organisation_id)
    if session.scalars(held).one_or_none() is None:
        raise NotFoundError
    code = session.entropy.code(LENGTH)
    session.add(
        Invite(
            organisation_id=organisation_id,
            holder_id=holder_id,
            role=role,
            name=said.name,
            monthly_limit_fen=said.monthly_limit_fen,
            made_by=said.made_by,
            fingerprint=fingerprint(code),
            expires_at=session.clock.now() + timedelta(hours=valid_hours),
        )
    )
    session.flush()
    return code


def revoke_invites_of(session: Session, *, users: Iterable[int], holder_id: int | None = None) -> None:
    """Let open invites that users made bind nobody any more, those to one holder or all."""
    theirs = update(Invite).where(
        Invite.made_by.in_(list(users)), Invite.used_at.is_(None), Invite.revoked_at.is_(None)
    )
    if holder_id is not None:
        theirs = theirs.where(Invite.holder_id == holder_id)
    revoked = theirs.values(revoked_at=session.clock.now())
    session.execute(revoked, execution_options={"synchronize_session": False})


def normalised(typed: str) -> str:
    """Return a typed code as it was drawn: width, case, spaces, hyphens and misread letters do not matter."""
    plain = normalize("NFKC", typed).upper()
    return "".join(sign for sign in plain if sign.isalnum()).translate(MISREAD)
