"""Log staff in, across transactions: a password is checked between them, because that is slow on purpose."""

from dataclasses import dataclass

from backend.runtime import Runtime
from backend.staff.enrolling import complete_setup, setup_page
from backend.staff.entering import change_password, enter, knock, prove
from backend.staff.errors import LogInRefusedError
from backend.staff.passwords import refuse_weak
from backend.staff.signed_in import SignedIn


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request of staff comes from."""

    address: str
    browser: str
    request_id: str


def sign_in(runtime: Runtime, *, login: str, password: str, code: str, visitor: Visitor) -> str:
    """Return the token of a new session. Raises LogInRefusedError, whatever is wrong, and TooManyAttemptsError.

    One hash for each try, whether anybody has this name or not.
    """
    door = runtime.database.run(lambda session: knock(session, login=login, address=visitor.address))
    fits = runtime.passwords.fits(door.stored, password)
    token = runtime.database.run(
        lambda session: enter(
            session,
            door=door,
            fits=fits,
            code=code,
            browser=visitor.browser,
            seal=runtime.seal,
            request_id=visitor.request_id,
        )
    )
    if token is None:
        raise LogInRefusedError
    return token


def prove_again(runtime: Runtime, *, who: SignedIn, password: str, visitor: Visitor) -> None:
    """Let dangerous actions through for five minutes. Raises LogInRefusedError and TooManyAttemptsError."""
    door = runtime.database.run(lambda session: knock(session, login=who.login, address=visitor.address))
    fits = runtime.passwords.fits(door.stored, password)
    request_id = visitor.request_id
    if not runtime.database.run(lambda session: prove(session, door=door, who=who, fits=fits, request_id=request_id)):
        raise LogInRefusedError


def set_up(runtime: Runtime, *, token: str, password: str, code: str, request_id: str) -> list[str]:
    """Complete a set-up link and return the recovery codes, to be shown once.

    Raises SetupLinkInvalidError, WeakPasswordError, CodeWrongError.
    """
    page = runtime.database.run(lambda session: setup_page(session, token=token, seal=runtime.seal))
    refuse_weak(password, login=page.login)
    hashed = runtime.passwords.hash(password)
    return runtime.database.run(
        lambda session: complete_setup(
            session, token=token, password_hash=hashed, code=code, seal=runtime.seal, request_id=request_id
        )
    )


def replace_password(runtime: Runtime, *, who: SignedIn, password: str, request_id: str) -> None:
    """Set another password of one's own. Raises WeakPasswordError and ProveAgainError."""
    who.require_proof(runtime.clock.now())
    refuse_weak(password, login=who.login)
    hashed = runtime.passwords.hash(password)
    runtime.database.run(lambda session: change_password(session, who=who, password_hash=hashed, request_id=request_id))
