"""The WSGI entry: `granian --interface wsgi wsgi:app`."""

from backend.app import create_app
from backend.kernel.memory import settle_memory
from backend.kernel.settings import Settings
from backend.runtime import real

app = create_app(real(Settings()))
settle_memory()
