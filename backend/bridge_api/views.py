"""What bridges call (docs/bridge-protocol.md). Every answer is a message of meter_bridge.protocol or a problem."""

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Blueprint, Response, g, request
from sqlalchemy.exc import DataError

from backend.bridge_api.asking import UnfitBodyError, answer, body, caller, follow, refuse_strangers, unfit_body
from backend.bridge_api.polling import wait_for_work
from backend.bridge_api.watching import watch_outcome, watch_readings
from backend.kernel.db import Session
from backend.kernel.errors import ProductError
from backend.metering import readings
from backend.metering.command_models import MeterCommand
from backend.metering.commands import addressing, intents, outcomes
from backend.metering.lines import enrolment, leases
from backend.metering.lines.runs import Caller
from backend.metering.lines.telling import told_of
from backend.runtime import Runtime, runtime
from backend.vending import crediting
from meter_bridge import protocol

LARGEST_READINGS = 4 * 1024 * 1024

blueprint = Blueprint("bridge_api", __name__, url_prefix="/bridge/v1")
blueprint.register_error_handler(UnfitBodyError, unfit_body)
OPEN_TO_STRANGERS = "bridge_api.enrol"


@blueprint.before_request
def _refuse_strangers() -> None:
    """Look at nothing a stranger sends: who calls is asked before a body is read."""
    if request.endpoint != OPEN_TO_STRANGERS:
        refuse_strangers(runtime())


@blueprint.errorhandler(DataError)
def _not_storable(_: DataError) -> Response:
    return unfit_body(UnfitBodyError([]))


@blueprint.post("/enrol")
def enrol() -> Response:
    """Exchange an enrolment token for an access token."""
    here, asked = runtime(), body(protocol.EnrolRequest)
    key = here.signing_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    return answer(
        here.database.run(lambda session: enrolment.enrol(session, token=asked.enrolment_token, verify_key=key))
    )


@blueprint.post("/heartbeat")
def heartbeat() -> Response:
    """Renew leases and take lines that nobody holds."""
    here, asked = runtime(), body(protocol.HeartbeatRequest)

    def renew(session: Session) -> leases.Held:
        return leases.heartbeat(session, bridge=caller(session, lock=True), request=asked, profiles=here.profiles)

    held, slot_seconds = here.database.run(renew), here.settings.reading_slot_minutes * 60
    with here.database.reading() as session:  # outside: money on these lines waits for their rows
        known = asked.known_meters
        return answer(told_of(session, held=held, known=known, profiles=here.profiles, slot_seconds=slot_seconds))


@blueprint.post("/claim")
def claim() -> Response:
    """Wait for work and lease it."""
    return answer(wait_for_work(runtime(), body(protocol.ClaimRequest)))


@blueprint.post("/commands/<reference>/intent")
def intent(reference: str) -> Response:
    """Store what the meter said and permit one write; what is found wrong is kept although it is refused."""
    here, asked = runtime(), body(protocol.IntentRequest)

    def ask(session: Session) -> intents.Permission:
        bridge, named = _addressed(session, reference)
        permission = intents.intent(
            session,
            bridge=bridge,
            named=named,
            request=asked,
            profiles=here.profiles,
            sign=here.signing_key.sign,
        )
        crediting.settle(session, command=permission.command)
        return permission

    permission = here.database.run(ask)
    if isinstance(permission.answer, ProductError):
        _wake(here)
        raise permission.answer
    return answer(permission.answer)


@blueprint.post("/commands/<reference>/outcome")
def outcome(reference: str) -> Response:
    """Judge what came of a command; its order follows in the same transaction."""
    here, asked = runtime(), body(protocol.OutcomeRequest)

    def tell(session: Session) -> MeterCommand:
        bridge, named = _addressed(session, reference)
        command = outcomes.outcome(session, bridge=bridge, named=named, request=asked, profiles=here.profiles)
        crediting.settle(session, command=command)
        watch_outcome(session, bridge=bridge, named=named, request=asked)
        return command

    command = here.database.run(tell)
    _wake(here)
    return answer(protocol.OutcomeReply(state=command.state))


@blueprint.post("/readings")
def take_readings() -> Response:
    """Store what polls brought."""
    here, asked = runtime(), body(protocol.ReadingsRequest, largest=LARGEST_READINGS)
    request_id: str = g.request_id

    def keep(session: Session) -> int:
        bridge = caller(session)
        stored = readings.store(session, bridge=bridge, request=asked, profiles=here.profiles, request_id=request_id)
        watch_readings(session, bridge=bridge, readings=asked.readings, request_id=request_id)
        return stored

    return answer(protocol.ReadingsReply(stored=here.database.run(keep)))


def _addressed(session: Session, reference: str) -> tuple[Caller, addressing.Addressed]:
    """Return who calls and the command they name; from here on the request goes by the command's request id."""
    bridge = caller(session)
    named = addressing.addressed(session, organisation_id=bridge.organisation_id, reference=reference)
    follow(named.request_id)
    return bridge, named


def _wake(here: Runtime) -> None:
    here.bell.ring("commands")
    here.queue.start("events")
