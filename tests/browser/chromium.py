"""Find a Chromium, or say in one line how to get one."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
FETCHED = ROOT / ".browser" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without a sandbox of its own, because containers allow none; nothing but our own pages is opened.
ARGUMENTS = (
    "--no-sandbox",
    "--no-zygote",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
)


class NoChromiumError(RuntimeError):
    """There is none; the sentence says what to do."""


def chromium() -> str:
    """Return the program. Raises NoChromiumError."""
    named = os.environ.get("CHROMIUM")
    found = [named] if named else [shutil.which(name) for name in NAMES] + [str(FETCHED)]
    for path in found:
        if path and os.access(path, os.X_OK):
            return path
    raise NoChromiumError("no Chromium here: run scripts/browser, which fetches one, or set CHROMIUM to yours")
