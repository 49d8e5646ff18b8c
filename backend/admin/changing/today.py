"""The day that stands first in forms."""

from datetime import date

from backend.admin.forms.field import Field, day_field
from backend.kernel.entropy import CHINA
from backend.runtime import runtime


def on_field() -> Field:
    """Return the field for the day from which walls have moved."""
    return day_field("on", "生效日", value=today().isoformat())


def today() -> date:
    """Return the day by the clock of the park."""
    return runtime().clock.now().astimezone(CHINA).date()
