"""One stage and one browser for all stories of a test process; a telephone for each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import ARGUMENTS, NoChromiumError, chromium
from tests.browser.office import desks, office
from tests.browser.phone import Phone, pick_up
from tests.browser.stage import Stage, running_stage

__all__ = ["desks", "office"]  # fixtures of their own file
PickUp = Callable[..., Phone]
HERE = Path(__file__).parent


def pytest_sessionstart(session: pytest.Session) -> None:
    """Say in one line that there is no Chromium before several processes would each say it in theirs."""
    if session.config.getoption("numprocesses", None):
        program()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def stage(browser: Browser) -> Iterator[Stage]:  # nothing is started where there is no browser
    """Everything that runs."""
    with TemporaryDirectory(prefix="dianyuan-browser-") as folder, running_stage(Path(folder)) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium; without one nothing here means anything, and the run says so in one line."""
    found = program()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield running
        running.close()


def program() -> str:
    """Return the Chromium there is; without one, end the run with one line."""
    try:
        return chromium()
    except NoChromiumError as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture
def phones(stage: Stage, browser: Browser) -> Iterator[PickUp]:
    """Telephones; at the end none of them may have complained of anything."""
    taken: list[Phone] = []

    def take(person: str, **how: Any) -> Phone:
        taken.append(pick_up(browser, stage, person, **how))
        return taken[-1]

    yield take
    faults = [fault for phone in taken for fault in phone.faults()]
    for phone in taken:
        phone.context.close()
    assert faults == []
