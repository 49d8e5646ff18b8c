"""Who this bridge is: drawn once from an enrolment token, kept in a file only its owner may read."""

import os
from pathlib import Path

import structlog

from meter_bridge.agenda import LONGEST_REDIAL
from meter_bridge.api import Api, ApiRefusalError, ApiUnreachableError
from meter_bridge.clock import Clock
from meter_bridge.protocol import EnrolReply, EnrolRequest

TOKEN_FILE = "enrolment.token"  # noqa: S105 -- the name of a file
IDENTITY_FILE = "identity.json"
_OWNER_ONLY = 0o600

log = structlog.get_logger()


async def identity_of(state: Path, api: Api, clock: Clock) -> EnrolReply:
    """Return the identity kept in this folder; enrol when there is a token, and wait for one when there is neither.

    A token beside an identity replaces it: an operator put it there. When the backend refuses the token, the old
    identity stays.
    """
    told = False
    while True:
        if (state / TOKEN_FILE).exists() and (fresh := await _enrolled(state, api, clock)):
            return fresh
        if (state / IDENTITY_FILE).exists():
            return EnrolReply.model_validate_json((state / IDENTITY_FILE).read_bytes())
        if not told:
            log.warning("no_identity", wanted=str(state / TOKEN_FILE))
            told = True
        await clock.sleep(1.0)


async def _enrolled(state: Path, api: Api, clock: Clock) -> EnrolReply | None:
    token = (state / TOKEN_FILE).read_text(encoding="utf-8").strip()
    pause = 0.5
    while True:
        try:
            identity = await api.enrol(EnrolRequest(enrolment_token=token))
        except ApiUnreachableError as why:
            log.warning("enrolment_unanswered", why=str(why))
            await clock.sleep(pause)
            pause = min(2 * pause, LONGEST_REDIAL)
        except ApiRefusalError as why:
            log.exception("enrolment_refused", status=why.status, code=why.code, advice="put a new token there")
            await clock.sleep(1.0)
            return None
        else:
            _keep(state / IDENTITY_FILE, identity)
            (state / TOKEN_FILE).unlink(missing_ok=True)
            log.info("enrolled", bridge=identity.bridge)
            return identity


def _keep(file: Path, identity: EnrolReply) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as out:
        out.write(identity.model_dump_json())
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
