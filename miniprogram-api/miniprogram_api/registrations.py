"""Applying to be bound: sent, looked at, taken back."""

from functools import partial

from flask import g

from backend.estate.models import Holder
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.people.attempts import Guess, give_back, spend
from backend.people.registering import Application, apply, registrations_of, withdraw
from backend.people.registration_models import Registration, RegistrationState
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.bindings import LARGEST_NUMBER
from miniprogram_api.describing import operation
from miniprogram_api.schemas.registrations import RegistrationList, RegistrationRequest, RegistrationView
from miniprogram_api.wechat_phone import phone_of_user


@api.post("/registrations")
@logged_in
@api.input(RegistrationRequest)
@api.output(RegistrationView, status_code=201)
@operation("register", "bindings", 400, 403, 409, 429, 503)
def register(json_data: RegistrationRequest) -> RegistrationView:
    """Apply to be bound; approved at once when WeChat tells a telephone number that is known of the enterprise."""
    here, user = runtime(), current_user()
    asker, request_id = str(user.id), g.request_id
    here.database.run(lambda session: spend(session, guess=Guess.APPLY_BY_USER, asker=asker))
    phone = phone_of_user(here, user, json_data.phone_code) if json_data.phone_code else json_data.phone
    words = json_data.model_dump(exclude={"phone", "phone_code"})
    application = Application(**words, phone=phone, phone_proved=bool(json_data.phone_code))

    def sent(session: Session) -> RegistrationView:
        done = apply(session, user=user, application=application, request_id=request_id)
        if done.state is RegistrationState.APPROVED:
            give_back(session, guess=Guess.APPLY_BY_USER, asker=asker)
        return _view(session, done)

    return here.database.run(sent)


@api.get("/registrations")
@logged_in
@api.output(RegistrationList)
@operation("listRegistrations", "bindings")
def list_registrations() -> RegistrationList:
    """Show the user's applications with what was answered."""
    user = current_user()

    def shown(session: Session) -> RegistrationList:
        found = registrations_of(session, user=user)
        return RegistrationList(registrations=[_view(session, each) for each in found])

    return runtime().database.run(shown)


@api.delete("/registrations/<int:registration>")
@logged_in
@api.output({}, status_code=204)
@operation("withdrawRegistration", "bindings", 404, 409)
def withdraw_registration(registration: int) -> str:
    """Take back an application that waits."""
    if registration > LARGEST_NUMBER:
        raise NotFoundError
    user = current_user()
    runtime().database.run(partial(withdraw, user=user, registration_id=registration, request_id=g.request_id))
    return ""


def _view(session: Session, sent: Registration) -> RegistrationView:
    holder = session.get_one(Holder, sent.holder_id) if sent.holder_id else None
    return RegistrationView(
        registration=sent.id,
        state=sent.state,
        name=sent.name,
        phone=sent.phone,
        phone_proved=sent.phone_proved,
        enterprise=sent.enterprise,
        building=sent.building,
        room=sent.room,
        meter_number=sent.meter_number,
        applied_at=sent.applied_at,
        decided_at=sent.decided_at,
        answer=sent.answer,
        proof=sent.proof,
        holder=sent.holder_id,
        holder_name=holder.name if holder else None,
        role=sent.role,
    )
