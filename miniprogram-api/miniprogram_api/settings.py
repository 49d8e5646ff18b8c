"""What a user sets for themselves: from which credit on to be warned, language, large text."""

from backend.kernel.db import Session
from backend.kernel.problem import reader
from backend.people.joining import person_of
from backend.people.models import WechatUser
from backend.people.preferring import USUAL_LOW_CREDIT_FEN, Preferences, prefer, preferences_of
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.describing import operation
from miniprogram_api.schemas.settings import SettingsRequest, SettingsView


@api.get("/settings")
@logged_in
@api.output(SettingsView)
@operation("getSettings", "settings")
def get_settings() -> SettingsView:
    """Show the user's settings; the language is that of the request before one was set."""
    user = current_user()
    return runtime().database.run(lambda session: settings_of(session, user=user))


@api.put("/settings")
@logged_in
@api.input(SettingsRequest)
@api.output(SettingsView)
@operation("changeSettings", "settings", 400)
def change_settings(json_data: SettingsRequest) -> SettingsView:
    """Replace all settings of the user."""
    user = current_user()
    wanted = Preferences(json_data.low_credit_threshold_fen, json_data.language, json_data.large_text)
    runtime().database.run(lambda session: _change(session, user, wanted))
    return _view(wanted)


def settings_of(session: Session, *, user: WechatUser) -> SettingsView:
    """Return the user's settings, or what holds before any were made."""
    known = preferences_of(session, user=user)
    return _view(known or Preferences(low_credit_fen=None, language=reader(), large_text=False))


def _change(session: Session, user: WechatUser, wanted: Preferences) -> None:
    prefer(session, person=person_of(session, user=user), preferences=wanted)


def _view(known: Preferences) -> SettingsView:
    return SettingsView(
        low_credit_threshold_fen=known.low_credit_fen,
        usual_low_credit_threshold_fen=USUAL_LOW_CREDIT_FEN,
        language=known.language,
        large_text=known.large_text,
    )
