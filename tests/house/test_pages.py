"""Pages can be followed: links lead somewhere, paths exist, commands are real, decisions have one shape."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:backend|meter_bridge|miniprogram-api|sandbox|migrations|tests|docs|scripts)/[\w./-]*\w/?)`")
MAKE = re.compile(r"(?:`|^)make ([a-z][a-z-]*)\b", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
DECISION = re.compile(r"\d{4}-[a-z0-9-]+\.md")
PARTS = ["Context", "Decision", "Consequences", "Alternatives"]

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def _decisions() -> list[Path]:
    return sorted(path for path in (ROOT / "docs/decisions").glob("*.md") if path.name != "README.md")


def _anchors(page: Path) -> set[str]:
    headings = HEADING.findall(FENCE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _broken(page: Path, text: str) -> Iterator[str]:
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        if not there.exists() or (anchor and anchor not in _anchors(there)):
            yield target


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(_broken(page, page.read_text())) == []


@pages
def test_every_path_named_in_a_page_exists(page: Path) -> None:
    assert [path for path in PATH.findall(page.read_text()) if not (ROOT / path).exists()] == []


@pages
def test_every_make_command_named_in_a_page_exists(page: Path) -> None:
    targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(MAKE.findall(page.read_text())) - set(targets) == set()


def test_every_decision_is_one_screen_of_context_decision_consequences_and_alternatives() -> None:
    shapes = {path.name: re.findall(r"^## (.+)$", path.read_text(), re.MULTILINE) for path in _decisions()}
    assert shapes
    assert {name: parts for name, parts in shapes.items() if parts != PARTS or not DECISION.fullmatch(name)} == {}
    assert [path.name for path in _decisions() if len(path.read_text().splitlines()) > 60] == []


def test_decisions_are_numbered_once_and_stand_in_the_index() -> None:
    names = [path.name for path in _decisions()]
    assert len({name[:4] for name in names}) == len(names)
    assert sorted(LINK.findall((ROOT / "docs/decisions/README.md").read_text())) == names


def test_a_broken_link_would_be_found() -> None:
    page = ROOT / "README.md"
    assert list(_broken(page, "[a](nowhere.md) [b](#nowhere) [c](tests/)")) == ["nowhere.md", "#nowhere"]
