"""Send what people are to be told: taken in one transaction, sent outside any, settled in another."""

from structlog.contextvars import bound_contextvars

from backend.kernel.shared_token import SharedTokens
from backend.notices.channel import Channel, Letter, Outside, PermanentError, TemporaryError
from backend.notices.delivering import is_any_due, note_failed, note_refused, note_sent, take_due
from backend.notices.inbox import file_away
from backend.notices.known_channels import CHANNELS
from backend.runtime import Runtime

BATCH = 20


def deliver(runtime: Runtime) -> int:
    """Send every letter that is due; returns how many were tried.

    A channel where nobody answers is left alone for the rest of this round: the others must not wait for time-outs.
    """
    if not runtime.database.read(is_any_due):
        return 0
    demo = runtime.settings.environment != "production"
    letters = runtime.database.run(lambda session: take_due(session, most=BATCH, seal=runtime.seal, demo=demo))
    outside = _outside(runtime)
    channels = {code: channel(outside) for code, channel in CHANNELS.items()}
    silent: dict[str, str] = {}
    for letter in letters:
        with bound_contextvars(delivery=letter.delivery_id):
            if letter.channel in silent:
                _fail(runtime, letter, silent[letter.channel])
            elif why := _send(runtime, channels[letter.channel], letter):
                silent[letter.channel] = why
    return len(letters)


def _send(runtime: Runtime, channel: Channel, letter: Letter) -> str | None:
    """Send one letter and settle it; return why, when nobody answered."""
    try:
        proof = channel.send(letter)
    except TemporaryError as error:
        _fail(runtime, letter, str(error))
        return str(error) if error.silent else None
    except PermanentError as error:
        why, unreachable = str(error), error.unreachable
        runtime.database.run(lambda s: note_refused(s, letter=letter, why=why, unreachable=unreachable))
        return None
    runtime.database.run(lambda session: note_sent(session, letter=letter, proof=proof))
    return None


def _fail(runtime: Runtime, letter: Letter, why: str) -> None:
    runtime.database.run(lambda session: note_failed(session, letter=letter, why=why))


def _outside(runtime: Runtime) -> Outside:
    settings, database = runtime.settings, runtime.database
    return Outside(
        adapter=runtime.adapter,
        wechat_origin=settings.wechat_api_origin,
        timeout=settings.provider_timeout,
        tokens=SharedTokens(runtime.redis, runtime.seal, runtime.clock, database.entropy),
        file_away=lambda letter: database.run(lambda session: file_away(session, letter=letter)),
        page_url=f"{settings.public_url}/h5/",
    )
